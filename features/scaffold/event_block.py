"""The blocks of the settings that say what happened since: the tables of events, and their kinds."""

from collections.abc import Iterator

import numpy as np

from features.scaffold.fields import DraftedField
from features.scaffold.layout import EventsTable, Layout
from features.scaffold.records import event_times
from features.scaffold.sheets import MAX_VALUES, Column, best
from features.scaffold.table_block import mapped, table_lines, writing
from features.scaffold.toml import Names, line
from features.scaffold.words import ACTOR_WORDS, COLUMNS, OBSTACLES, likeliest, says, words
from features.settings.fields import ACTORS


def events(layout: Layout, kinds: dict[str, str]) -> Iterator[str]:
    """Yield the events tables, their columns, and our names of their `kinds`."""
    for at, table in enumerate(layout.events):
        yield from [""] if at else []
        yield "[[history.events]]" if len(layout.events) > 1 else "[history.events]"
        yield from _events(table, layout, kinds)


def _events(table: EventsTable, layout: Layout, kinds: dict[str, str]) -> Iterator[str]:
    sheet, kind = table.sheet, table.kind
    section = "history.events"
    yield from table_lines(sheet)
    if kind is None:
        yield line("all_kind", kind_of_all(table), "every row is one of these?")
    elif ignored := [value for value in kind.values if value not in kinds]:
        read = f"{', '.join(map(repr, table.ends))} read as outcomes" if table.ends else ""
        yield line("ignore", ignored, "; ".join(filter(None, (read, "rare" if len(ignored) > len(table.ends) else ""))))
    occurred, recorded = event_times(sheet)
    times_of = {"occurred_at": occurred, "recorded_at": recorded}
    yield from writing({ours: column for ours, column in times_of.items() if column is not None})
    yield from _whose(table, layout, section)
    yield f"\n[{section}.columns]"
    if table.taken_up is None:
        yield from mapped("lead_id", table.lead_id)
    yield from mapped("kind", kind)
    yield from mapped("occurred_at", occurred)
    yield from mapped("recorded_at", recorded)
    taken = [table.lead_id, table.taken_up, kind, occurred, recorded]
    rest = [column for column in sheet.columns if column not in taken and len(column.counts)]
    rep = best(
        "rep",
        [column for column in rest if says(column.name, COLUMNS["rep"]) and column.type in ("category", "number")],
    )
    yield from mapped("rep_id", rep, "whose event it was?")
    if (text := written(table)) is not None:
        yield from mapped("text", text, "what was written with it?")
    actors = [column for column in rest if says(column.name, COLUMNS["actor"]) and set(column.values) <= set(ACTORS)]
    yield from mapped("actor", best("actor", actors))
    if renamed := [
        line(value, ours) for value, ours in kinds.items() if value != ours and kind and value in kind.values
    ]:
        yield f"\n[{section}.kinds]"
        yield from renamed


def written(table: EventsTable) -> Column | None:
    """Return the column of what was written with events: in words, in at least some of the rows."""
    wordy = [
        column
        for column in table.sheet.columns
        if column not in (table.lead_id, table.kind, table.taken_up)
        and column.type in ("text", "category")
        and says(column.name, COLUMNS["text"] + " body message content nachricht~ mensaje mensagem messaggio bericht")
        and np.mean([len(value.split()) for value in column.values[:500]] or [0]) > 3
    ]
    return best("text", wordy)


def messages(layout: Layout, kinds: dict[str, str]) -> set[str]:
    """Return our names of the kinds with which leads write: those with texts in half of their rows or more, by the lead itself."""
    found = set()
    for table in layout.events:
        if (text := written(table)) is None:
            continue
        filled = text.texts.notna().to_numpy()
        if table.kind is None:
            ours = kind_of_all(table)
            found |= {ours} if filled.mean() >= 0.5 and likeliest(ours, WRITERS) == "lead" else set()
            continue
        for value, ours in kinds.items():
            rows = (table.kind.texts == value).to_numpy()
            if rows.any() and filled[rows].mean() >= 0.5 and likeliest(value, WRITERS) == "lead":
                found.add(ours)
    return found


WRITERS = {
    "lead": "inbound incoming message messages chat form reply answer email mail nachricht~ eingehend~ antwort~ anfrage~ recu entrant message "
    "mensaje recibido mensagem recebid~ messaggio ricevut~ bericht ontvangen",
    "rep": "note notes notiz~ outbound outgoing sent ausgehend~ call task internal memo nota uscita salida saida verzonden",
}
"""Words of kinds of events, by who writes what stands in them; a rep's note may tell how the lead ended."""


MAX_NOUN = 55
"""Characters of what sentences call a kind of event; what is longer is a sentence itself, and our name is cut as short."""


def _whose(table: EventsTable, layout: Layout, section: str) -> Iterator[str]:
    """Yield how the lead of an event is found, where more than one column tells it, or none does in some rows."""
    without = table.lead_id.given.isna().to_numpy()
    part: dict[str, object] = {table.lead_id.name: {"filled": False}}
    through, taken_up = table.through, table.taken_up
    if through is not None and taken_up is not None and layout.lead_id is not None:
        name = f"lead.{layout.lead_id.name}"
        yield line("first_of", {"lead_id": [table.lead_id.name, name]})
        without = without & ~taken_up.given.isin(through.on.given.dropna()).to_numpy()
        part[name] = {"filled": False}
    if without.any():
        yield line("leave_out_when", [part], f"{int(without.sum()):,} rows belong to no lead")
    if through is not None and taken_up is not None:
        yield from ("", f"[{section}.joins.lead]", line("table", layout.leads.name))
        yield from (line("on", taken_up.name), line("key", through.on.name))


def kind_of_all(table: EventsTable) -> str:
    """Return our name of what a table holds that names no kinds."""
    return Names().take(table.sheet.name.split("#")[-1].split(".")[0].removesuffix("s"))


def kind_names(layout: Layout, names: Names, fields: list[DraftedField]) -> dict[str, str]:
    """Return our name of each kind of event; one of the name of a field is an answer that was given later."""
    answers = {name: field.ours for field in fields if field.role == "answer" for name in (field.ours, field.theirs)}
    found: dict[str, str] = {}
    for table in layout.events:
        for value in table.kind.values[:MAX_VALUES] if table.kind else []:
            if value not in found and value not in table.ends:
                found[value] = answers.get(value) or names.take(value)
    return found


def kind(ours: str, theirs: str, *, text: bool = False) -> Iterator[str]:
    """Yield a kind of event: which obstacle it speaks to, who acts, what people call it, and whether leads write with it."""
    obstacle, actor = likeliest(ours, OBSTACLES), likeliest(ours, ACTOR_WORDS)
    yield f"[kinds.{ours}]"
    yield line("obstacle", obstacle or "desire", "")
    if actor:
        yield line("actor", actor, "")
    yield line("singular", _noun(theirs) or " ".join(words(ours)))
    if text:
        yield line("text", True, "read word by word: did the lead write it? A rep's notes may tell how it ended")


def _noun(theirs: str) -> str:
    """Return how sentences call a kind: the export's word, which our name may number, fold or lack; empty if it is no noun."""
    shown = " ".join(words(theirs) if theirs.isascii() else theirs.replace("_", " ").lower().split())
    return shown if len(shown) <= MAX_NOUN and any(letter.isalpha() for letter in shown) else ""
