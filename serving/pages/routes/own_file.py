"""`/pages/file`: a file of leads, scored in the browser as `glengarry score` scores it; nothing of it is kept."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePath

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from features.records.reading import ReadingError
from features.settings.passing import passing_folder
from features.settings.source import HistorySource
from models.close.reasons.sentences import counted
from serving.api.forms.posts import Upload
from serving.api.services import services_of
from serving.batch import Choices, Deciding, Progress, UnknownFormatError, score_file
from serving.champion.champion import Champion
from serving.pages.routes.answers import page
from serving.pages.routes.entry import field
from serving.schemas.problems import INVALID_FORM, refusal
from serving.settings.settings import SETTINGS_VARIABLE, load_settings

FILE = "/pages/file"
ENDINGS = (".csv", ".xlsx", ".xlsm", ".xls", ".ods", ".parquet", ".jsonl", ".ndjson")
"""Of a name, which a browser sends; nothing else of it is used."""
MAX_LEADS = 500_000
"""Of a file: a few bytes of Parquet may say that they are a thousand times as many, which would keep a worker busy for days."""


async def show(request: Request) -> Response:
    """Show the form that takes a file."""
    champion = services_of(request).champion
    columns = ", ".join(["lead_id", "created_at", *champion.model.schema.fields])
    return page(request, "own_file", columns=columns, endings=", ".join(ENDINGS), trouble="", notes=())


async def score(request: Request) -> Response:
    """Score a file, and send the scores back as CSV; what cannot be read at all is said on the page."""
    uploads: list[Upload] = [one for one in request.state.uploads if one.field == "leads"]
    ending = PurePath(uploads[0].name).suffix.lower() if uploads else ""
    if ending not in ENDINGS:
        rule, got = f"must be a file that ends with {', '.join(ENDINGS)}", ending or "no file"
        raise refusal(INVALID_FORM, "leads", rule, repr(got[:80]), "choose another")
    champion = services_of(request).champion
    given = services_of(request).environment.get(SETTINGS_VARIABLE)
    settings = None if given is None else await run_in_threadpool(load_settings, Path(given))
    export = HistorySource(source="") if settings is None or settings.history is None else settings.history
    happened = bool(field(request.state.form, "happened"))
    joined = None if settings is None else settings.folder
    score_it = partial(_scored, uploads[0].content, ending, champion, export, happened, joined)
    try:
        text, progress = await run_in_threadpool(score_it)
    except (ReadingError, UnknownFormatError) as error:
        columns = ", ".join(["lead_id", "created_at", *champion.model.schema.fields])
        ends = ", ".join(ENDINGS)
        return page(request, "own_file", 422, columns=columns, endings=ends, trouble=str(error), notes=())
    good = progress.scored - progress.broken
    said = f"{counted(good, 'lead', 'leads')} scored, {progress.broken:,} broke a rule"
    headers = {"content-disposition": 'attachment; filename="scores.csv"', "x-glengarry-scored": said}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _scored(
    content: bytes, ending: str, champion: Champion, export: HistorySource, happened: bool, joined: Path | None
) -> tuple[bytes, Progress]:
    """Return the scores of a file as CSV, and what came of it; both files are gone when this returns.

    Tables that are joined to leads lie where the history does, from `joined` on.
    """
    with passing_folder() as folder:
        source, target = folder / f"leads{ending}", folder / "scores.csv"
        source.write_bytes(content)
        choices = Choices(allow_missing=True, no_events=not happened, folder=joined or folder)
        deciding = Deciding(champion.decider, champion.secret)
        progress = Progress()
        for progress in score_file(champion.model, source, target, datetime.now(UTC), export, choices, deciding):
            if progress.scored > MAX_LEADS:
                raise ReadingError(
                    f"A file must have at most {MAX_LEADS:,} leads, got more: use the command line (glengarry score), which reads files of any length."
                )
        return target.read_bytes(), progress
