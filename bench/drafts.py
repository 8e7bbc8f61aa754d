"""Drafts of 135 exports in the shapes of CRMs and lists, field by field: right, asked about, or wrong in silence."""

import argparse
import json
import tempfile
import tomllib
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench._exports.company import EXPORTED, Lead, company
from bench._exports.eighth import EIGHTH_EIGHT
from bench._exports.fifth import FIFTH_SIXTEEN
from bench._exports.first import FIRST_FIFTEEN
from bench._exports.fourth import FOURTH_TWELVE
from bench._exports.last import LAST_TEN
from bench._exports.ninth import NINTH_SIX
from bench._exports.second import SECOND_FIFTEEN
from bench._exports.seventh import SEVENTH_SIXTEEN
from bench._exports.sixth import SIXTH_FOURTEEN
from bench._exports.third import THIRD_THIRTEEN
from bench._exports.truth import Truth
from bench._exports.unseen import UNSEEN_TEN
from bench._mutated import mutations
from features.records.checks import CheckedHistory, check_history
from features.records.clock import DAY, to_microseconds
from features.scaffold import draft
from features.scaffold.trial import tried
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource

Export = Callable[[Path, list[Lead]], Truth]
CHECK = "check this"
SETS: dict[str, tuple[Export, ...]] = {
    "first": FIRST_FIFTEEN,
    "second": SECOND_FIFTEEN,
    "third": (*THIRD_THIRTEEN, *FOURTH_TWELVE),
    "unseen": UNSEEN_TEN,
    "last": LAST_TEN,
    "fifth": FIFTH_SIXTEEN,
    "sixth": SIXTH_FOURTEEN,
    "seventh": SEVENTH_SIXTEEN,
    "eighth": EIGHTH_EIGHT,
    "ninth": NINTH_SIX,
}
"""By name: the exports that the draft was built on (first and third), and those whose first-time figures were measured."""


@dataclass(frozen=True)
class Mark:
    """What became of one thing that a draft says."""

    export: str
    item: str
    mark: str
    wanted: str
    got: str


def marks_of(export: Export, folder: Path, seed: int) -> Iterator[Mark]:
    """Draft an export, check it, and mark everything that the draft says of it."""
    name = export.__name__
    right = export(folder, company(seed))
    try:
        now = EXPORTED.astimezone() + timedelta(hours=14)  # wherever the export was made
        drafted = draft(folder, now=now)
        text = drafted.text
        if drafted.problem:  # init ends in an error that names the candidates: a question
            yield Mark(name, "passes init", "asked", "a draft", drafted.problem[:300])
            return
        keys = tomllib.loads(text)
        source = HistorySource(**keys["history"])
        schema = LeadSchema(**{key: keys[key] for key in LeadSchema.model_fields if key in keys})
        checked = check_history(source, schema, now, Path())
    except Exception:  # noqa: BLE001 - a draft that fails is a mark
        yield Mark(name, "passes check", "wrong", "a history", traceback.format_exc().splitlines()[-1][:300])
        return
    yield Mark(name, "passes check", "wrong" if checked.broken else "right", "no broken row", str(checked.broken[:2]))
    text = tried(drafted, checked).text
    yield from _tables(name, text, source, checked, right)
    yield from _fields(name, text, source, schema, right)


def _tables(name: str, text: str, source: HistorySource, checked: CheckedHistory, right: Truth) -> Iterator[Mark]:
    leads, outcomes = (
        text.split("[history.leads]")[1].split("\n[[history.ev")[0].split("\n[history.ev")[0],
        source.outcomes[0],
    )
    said = text.split("[history.outcomes]")[-1].split("\n[fields.")[0]
    said += text.split("[history]")[1].split("\n[")[0] + "".join(_asked_of_ends(text))
    summary = checked.summary
    counts = (summary.won, summary.lost, summary.open)
    asked_first = f"{CHECK} first" in said + leads
    yield _mark(
        name,
        "outcome",
        counts == (right.won, right.lost, right.open),
        asked_first,
        right,
        counts,
    )
    leads_are_all = len(checked.history.leads) == right.won + right.lost + right.open
    yield _mark(name, "ids", leads_are_all, asked_first, right, summary.rows)
    lead_id, created = (
        source.leads.columns.get("lead_id", "lead_id"),
        source.leads.columns.get("created_at", "created_at"),
    )
    id_asked = any(line.startswith("lead_id") and CHECK in line for line in leads.splitlines())
    if right.lead_id:
        yield _mark(name, "lead_id", lead_id == right.lead_id, id_asked, right.lead_id, lead_id)
    yield _mark(
        name, "created_at", created == right.created, f"{CHECK}: when the lead" in leads, right.created, created
    )
    closed = outcomes.first_of.get("closed_at") or (outcomes.columns.get("closed_at", "closed_at"),)
    asked = any(CHECK in line for line in said.splitlines() if line.startswith(("closed_at", "first_of")))
    asked |= any(CHECK in line and "the day" in line for line in said.splitlines() if line.startswith("# "))
    yield _mark(name, "closed_at", set(closed) == set(right.closed), asked, right.closed, closed)
    history = checked.history
    soon = history.leads.created_at.max(initial=0) <= to_microseconds(EXPORTED.astimezone()) + DAY
    days = summary.median_days_to_close
    yield _mark(
        name,
        "times",
        bool(soon) and days is not None and 12 < days < 30,
        "outcomes count as known" in said or "no lost row has a day" in said,
        "12 to 30 days",
        days,
    )
    named = (
        any(words in text for words in ("Not used: ", "no column says when", "says when, so only the ends"))
        and len(history.events) < right.events
    )
    yield _mark(name, "events", len(history.events) == right.events, named, right.events, len(history.events))


def _asked_of_ends(text: str) -> list[str]:
    """Return what the trial of a draft asks of how leads ended, which stands in its head."""
    return [line for line in text.splitlines() if line.startswith(f"# {CHECK} first: no lead is ")]


def _fields(name: str, text: str, source: HistorySource, schema: LeadSchema, right: Truth) -> Iterator[Mark]:
    ours = {source.leads.columns.get(field, field): field for field in schema.fields}
    doubted = {line.split("'")[1] for line in text.splitlines() if line.startswith("#   '")}
    for column, roles in right.roles.items():
        field = ours.get(column)
        role = schema.fields[field].role if field else ""
        block = text.split(f"[fields.{field}]\n")[1].split("\n[")[0].splitlines() if field else []
        asked = column in doubted or any(line.startswith(f"# {CHECK}") for line in block)
        asked |= any(f'= "{column}"  # {CHECK}' in line for line in text.splitlines())
        yield _mark(name, f"role of {column}", role in roles, asked, roles, role)
        if field and role not in ("late", "contact", "account") and (wanted := right.types.get(column)):
            got = schema.fields[field].type
            yield _mark(name, f"type of {column}", got == wanted, asked, wanted, got)


def _mark(export: str, item: str, is_right: bool, is_asked: bool, wanted: object, got: object) -> Mark:
    return Mark(
        export, item, "right" if is_right else "asked" if is_asked else "wrong", str(wanted)[:160], str(got)[:160]
    )


def run(exports: Iterable[Export], seed: int) -> list[Mark]:
    """Return all marks of some exports."""
    found: list[Mark] = []
    for export in exports:
        with tempfile.TemporaryDirectory() as folder:
            found += marks_of(export, Path(folder) / "exports", seed)
    return found


def main() -> None:
    """Print the marks, and every one that is not right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--set", choices=("all", *SETS), default="all")
    parser.add_argument(
        "--mutated", type=int, default=0, help="So many exports with columns dropped, renamed and shuffled."
    )
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    names = tuple(SETS) if args.set == "all" else (args.set,)
    exports = [each for name in names for each in SETS[name] if args.only in each.__name__]
    if args.mutated:
        exports = list(mutations(tuple(exports), args.mutated, args.seed))
    found = run(exports, args.seed)
    for mark in found:
        if mark.mark != "right":
            print(f"{mark.mark:6} {mark.export}: {mark.item}: wanted {mark.wanted}, got {mark.got}")
    counts = Counter(mark.mark for mark in found)
    print(f"{len(exports)} exports, {len(found)} things said: {dict(counts)}")
    if args.json:
        args.json.write_text(json.dumps(dict(counts)))


if __name__ == "__main__":
    main()
