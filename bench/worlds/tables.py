"""A world as a company would export it: the three tables, spend, and the settings that read them."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.worlds.closing import Closing
from bench.worlds.events import Events
from bench.worlds.population import Floats, Places, Population
from bench.worlds.structure import Question, QuestionKind, Structure, stream
from features.records.clock import DAY
from features.records.history import Strings
from features.settings.fields import EventKind, FieldType, LeadField
from features.settings.schema import LeadSchema
from features.settings.source import EventsSource, HistorySource, LeadsSource, OutcomesSource

START = pd.Timestamp("2022-01-03T00:00:00+00:00")
"""A Monday."""
PROFILE_VALUES = ("north", "east", "south", "west")
FILLERS = 60
SIGNALS = 3
LETTERS = "abdefgiklmnoprstu"
AMOUNT_SPREAD = 0.6
REASONS = ("price", "competitor", "no answer", "no budget")


def schema(structure: Structure) -> LeadSchema:
    """Return what may be known of a world's leads."""
    fields: dict[str, LeadField] = {"source": LeadField(role="channel", label="source")}
    if structure.brought:
        fields["brought_by"] = LeadField(role="channel", label="rep who brought it")
    for question in structure.questions:
        fields[question.name] = _field(question)
    if structure.timing.own_day:
        fields["own_day"] = LeadField(role="answer", type="date", obstacle="hurry", label="its own day")
    for number in range(structure.profile):
        fields[f"profile_{number}"] = LeadField(role="profile", obstacle="need", values=PROFILE_VALUES)
    kinds = {kind.name: EventKind(obstacle=kind.obstacle, actor=kind.actor) for kind in structure.kinds}
    decided_by = "own_day" if structure.timing.decides else None
    return LeadSchema(fields=fields, kinds=kinds, horizon_days=structure.horizon_days, decided_by=decided_by)


def source(structure: Structure, folder: Path | str) -> HistorySource:
    """Return where `write` puts the tables."""
    with_events = bool(structure.kinds) or any(question.later for question in structure.questions)
    return HistorySource(
        source=str(folder),
        leads=LeadsSource(table="leads"),
        events=(EventsSource(table="events"),) if with_events else (),
        outcomes=(OutcomesSource(table="outcomes"),),
        exported_at=(START + pd.Timedelta(days=structure.days)).to_pydatetime(),
    )


def leads_table(structure: Structure, people: Population) -> pd.DataFrame:
    """Return one row a lead, as it was when it was created."""
    columns: dict[str, object] = {
        "lead_id": ids(np.arange(len(people))),
        "created_at": times(people.created),
        "source": np.array([one.name for one in structure.sources], np.object_)[people.source],
    }
    if structure.brought:
        columns["brought_by"] = given(reps(people.brought_by), people.brought_by >= 0)
    for place, question in enumerate(structure.questions):
        values = answers(structure, place, np.arange(len(people)), people.levels[:, place])
        columns[question.name] = given(values, people.answered[:, place])
    if structure.timing.own_day:
        columns["own_day"] = times(people.created + people.own_days)
    rng = stream(structure.seed, "profile")
    for number in range(structure.profile):
        columns[f"profile_{number}"] = rng.choice(PROFILE_VALUES, len(people))
    if structure.accounts:
        columns["account"] = np.char.add("account-", people.account.astype(str))
    return pd.DataFrame(columns)


def events_table(structure: Structure, people: Population, closing: Closing, events: Events) -> pd.DataFrame:
    """Return what happened while leads were open, answers that came later among it."""
    kinds = structure.kinds
    names = np.array([kind.name for kind in kinds], np.object_)[events.kind]
    actors = np.array([kind.actor for kind in kinds], np.object_)[events.kind]
    happened = pd.DataFrame(
        {
            "lead_id": ids(events.lead),
            "kind": names,
            "occurred_at": times(events.occurred),
            "recorded_at": times(events.recorded),
            "text": np.full(len(names), None),
            "actor": actors,
            "rep_id": given(reps(people.rep[events.lead]), actors == "rep"),
        }
    )
    later = [_later(structure, place, people, closing) for place in range(len(structure.questions))]
    return pd.concat([happened, *later], ignore_index=True)


def outcomes_table(structure: Structure, people: Population, closing: Closing) -> pd.DataFrame:
    """Return the outcomes on record when the world ends."""
    known = np.flatnonzero(closing.recorded <= structure.days)
    rng = stream(structure.seed, "amounts")
    amount = rng.lognormal(np.log(structure.amount), AMOUNT_SPREAD, len(people)).round(2)[known]
    reason = rng.choice(REASONS, len(people))[known]
    won = closing.won[known]
    return pd.DataFrame(
        {
            "lead_id": ids(known),
            "closed_at": times(closing.days[known]),
            "recorded_at": times(closing.recorded[known]),
            "won": won,
            "amount": np.where(won, amount, np.nan),
            "reason": given(reason, ~won),
            "rep_id": reps(people.rep[known]),
        }
    )


def spend_table(structure: Structure, people: Population) -> pd.DataFrame:
    """Return what each source cost in each month."""
    month = pd.Series(times(people.created)).dt.strftime("%Y-%m")
    cost = np.array([one.cost for one in structure.sources])[people.source]
    name = np.array([one.name for one in structure.sources], np.object_)[people.source]
    table = pd.DataFrame({"value": name, "month": month, "amount": cost})
    total: pd.DataFrame = table.groupby(["value", "month"], as_index=False).sum()
    return total


def answers(structure: Structure, place: int, lead: Places, level: Places) -> Strings:
    """Return answers as they are written: of a level, the same lead always gives the same."""
    question = structure.questions[place]
    match question.kind:
        case "number":
            near = stream(structure.seed, f"numbers {place}").uniform(0.9, 1.1, structure.leads)[lead]
            return np.round(10 ** (1 + level / 4) * near, 1).astype(str).astype(np.object_)
        case "flag":
            return np.where(level > 0, "true", "false").astype(np.object_)
        case "text":
            return _texts(structure, lead, level)
        case _:
            return np.array(_values(question), np.object_)[level]


def given(values: Strings, where: NDArray[np.bool_]) -> Strings:
    """Return values as they are where they are given, and nothing elsewhere."""
    written = values.astype(np.object_)
    written[~where] = None
    return written


def times(days: Floats) -> pd.DatetimeIndex:
    """Return days since the start of a world as times, to the second."""
    return START + pd.to_timedelta(np.round(days * 86_400).astype(np.int64), unit="s")


def in_days(microseconds: Places) -> Floats:
    """Return times in microseconds since the epoch as days since the start of a world."""
    days: Floats = (microseconds - START.value // 1000) / DAY
    return days


def ids(lead: Places) -> Strings:
    """Return the ids of leads by position."""
    return np.array([f"lead-{row}" for row in lead.tolist()], np.object_)


def reps(rep: Places) -> Strings:
    """Return the ids of reps by position."""
    return np.array([f"rep-{row}" for row in rep.tolist()], np.object_)


def _values(question: Question) -> tuple[str, ...]:
    return tuple(f"{question.name} level {level}" for level in range(question.levels))


def _field(question: Question) -> LeadField:
    types: dict[QuestionKind, FieldType] = {"number": "number", "flag": "flag", "text": "text"}
    values = _values(question) if question.kind in ("ordered", "category") else ()
    return LeadField(
        role="answer",
        type=types.get(question.kind, "category"),
        obstacle=question.obstacle,
        label=question.name,
        values=values,
        ordered=question.kind == "ordered",
    )


def _later(structure: Structure, place: int, people: Population, closing: Closing) -> pd.DataFrame:
    question = structure.questions[place]
    when = people.created + people.later[:, place]
    lead = np.flatnonzero((when <= structure.days) & (when < closing.days))
    return pd.DataFrame(
        {
            "lead_id": ids(lead),
            "kind": question.name,
            "occurred_at": times(when[lead]),
            "recorded_at": times(when[lead]),
            "text": answers(structure, place, lead, people.levels[lead, place]),
            "actor": "lead",
            "rep_id": None,
        }
    )


def _texts(structure: Structure, lead: Places, level: Places) -> Strings:
    """Return what leads write: words of no meaning, and one that tells their level, where that is not the first."""
    rng = stream(structure.seed, "words")
    words = ["".join(rng.choice(list(LETTERS), rng.integers(3, 9))) for _ in range(FILLERS + 2 * SIGNALS)]
    signals = np.array(words[FILLERS:]).reshape(2, SIGNALS)
    texts = []
    for one, of in zip(lead.tolist(), level.tolist(), strict=True):
        own = np.random.default_rng([structure.seed, one])
        said = [words[place] for place in own.integers(0, FILLERS, own.integers(4, 12))]
        if of > 0:
            said.insert(int(own.integers(len(said))), str(own.choice(signals[of - 1])))
        texts.append(" ".join(said))
    return np.array(texts, np.object_)
