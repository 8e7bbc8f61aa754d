"""`GET /queue`: the leads that whoever asks has to work, in the order in which the pages show them."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from serving.api.lead import asked
from serving.api.listing import page_of_leads, read_page
from serving.api.parameters import read_choice
from serving.api.services import services_of
from serving.champion.champion import Champion
from serving.schemas.problems import INVALID_REQUEST, refusal
from serving.schemas.vocabulary import WHOSE, Whose
from serving.store.keys import Key
from serving.store.listing import ListingPage, Order, list_leads


async def queue(request: Request) -> Response:
    """List the open leads of the rep whose key it is, or of everyone: those first that are worth most."""
    given, key = request.query_params, request.state.key
    whose = read_choice(given, "whose", WHOSE) or usual_whose(given, key)
    rest = {name: value for name, value in given.items() if name != "whose"}
    status = rest.setdefault("status", "open")
    rest.setdefault("order", first_order(services_of(request).champion) if status == "open" else "-created_at")
    page = only_whose(read_page(QueryParams(rest)), whose, key)
    answer = page_of_leads(page, await asked(request, list_leads, page))
    return Response(answer.model_dump_json(), media_type="application/json")


def first_order(champion: Champion) -> Order:
    """Return the order in which the queue opens: by what leads are worth, or by their probability where that is not known."""
    return "-probability" if champion.decider is None else "-expected_value"


def usual_whose(given: Mapping[str, str], key: Key) -> Whose:
    """Return whose leads are shown where nobody says whose: a rep's own, unless an owner or somebody by name is looked for."""
    return "everyone" if key.rep_id is None or {"owner", "search"} & given.keys() else "mine"


def only_whose(page: ListingPage, whose: str, key: Key) -> ListingPage:
    """Return the part of a list that is somebody's.

    Raises
    ------
    RefusedError
        If there is no such part, or none for this key.
    """
    match whose:
        case "mine" if key.rep_id is not None:
            return replace(page, owner=key.rep_id)
        case "team":
            return replace(page, owned=True)
        case "unowned":
            return replace(page, unowned=True)
        case "everyone":
            return page
    rule = f"must be one of {', '.join(WHOSE)}, and mine with the key of a rep alone"
    raise refusal(INVALID_REQUEST, "whose", rule, repr(whose[:80]), "leave it out")
