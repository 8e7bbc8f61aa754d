"""What is kept of a person, as they may ask for it; taking somebody back who was erased; and a letter about their score."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from serving.cli.commands.console import JsonOption, SettingsOption, out, print_json, whoever
from serving.settings.settings import DEFAULT_FILE, load_settings


class UnknownPersonError(LookupError):
    """Nothing is kept of somebody."""


def person(
    known_by: Annotated[str, typer.Argument(help="The id of a lead; to take somebody back, or a contact of theirs.")],
    export: Annotated[bool, typer.Option("--export", help="Print all that is kept of them, as JSON.")] = False,
    take_back: Annotated[bool, typer.Option("--take-back", help="Let somebody in again who was erased.")] = False,
    by: Annotated[str, typer.Option(help="Who decides to take them back; it stands in the audit trail.")] = "",
    settings: SettingsOption = DEFAULT_FILE,
    as_json: JsonOption = False,
) -> None:
    """Say how much is kept of a person, print all of it for them (--export), or let them in again after an erasure (--take-back)."""
    from datetime import UTC, datetime

    from features.records.clock import to_microseconds
    from serving.store.person import records_of_person
    from serving.store.store import open_store
    from serving.store.tombstones import remove_tombstones

    if export and take_back:
        raise typer.BadParameter("say --export or --take-back, not both")
    loaded = load_settings(settings)
    with closing(open_store(loaded.store_url, loaded.folder)) as store:
        if take_back:
            with store.writing(to_microseconds(datetime.now(UTC))) as transaction:
                found = remove_tombstones(transaction, known_by) or remove_tombstones(
                    transaction, loaded.lead_id(known_by)
                )
                if found:
                    transaction.add_audit("person taken back", "a person who was erased", f"by {whoever(by)}")
            if not found:
                raise UnknownPersonError(
                    "Only somebody who was erased can be taken back, got an id or contact of nobody who was: "
                    "name the id of their lead, their mail address or their telephone number."
                )
            out.print("What is told of them from now on is stored again; what was erased stays so.", highlight=False)
            return
        kept = store.ask(records_of_person, loaded.lead_schema, loaded.lead_id(known_by))
    if not kept:
        raise UnknownPersonError(
            f"Something must be kept of lead {known_by!r}, got nothing: they are unknown here, or were erased."
        )
    if export or as_json:
        print_json({"lead_id": known_by, "records": kept})
        return
    for table, rows in kept.items():
        out.print(f"{table:12} {len(rows):,}", highlight=False)


def letter(
    lead_id: Annotated[str, typer.Argument(help="Whose.")],
    file: Annotated[Path, typer.Option("--out", help="The file to write, an HTML page to print or to send.")] = Path(
        "letter.html"
    ),
    settings: SettingsOption = DEFAULT_FILE,
) -> None:
    """Write a letter to a lead: which of their data counted and how, what would have led elsewhere, who decides, how to object."""
    from datetime import UTC, datetime

    from markupsafe import Markup

    from features.records.clock import to_microseconds
    from features.settings.folders import write_whole
    from serving import pages
    from serving.champion.finding import from_registry
    from serving.pages.render import Frame, render
    from serving.pages.routes.letter import letter_of
    from serving.store.store import open_store

    loaded = load_settings(settings)
    champion, now = from_registry(loaded), to_microseconds(datetime.now(UTC))
    with closing(open_store(loaded.store_url, loaded.folder)) as store:
        found = store.ask(letter_of, champion, loaded.letter, lead_id, now)
    if found is None:
        raise UnknownPersonError(f"A letter must be to a lead that is stored, got {lead_id!r}: name another id.")
    style = (Path(pages.__file__).parent / "static" / "letter.css").read_text(encoding="utf-8")
    write_whole(file.resolve(), render("letter", Frame(), page=found, style=Markup(style)))
    out.print(f"The letter is in {file}: read it before you send it.", highlight=False, soft_wrap=True)
