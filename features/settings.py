"""The frozen description of a company's leads: fields by role, event kinds, obstacles, and where the history lies.

Two objects. `LeadSchema` says what may be known about a lead and travels with every model. `HistorySource` says where an
export lies and how its columns map to the three tables; it stays at home, as its URL may hold a password.
"""

from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Literal, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field, FiniteFloat, ValidationInfo, field_validator, model_validator

from features.frozen import Days as Days
from features.frozen import Frozen as Frozen
from features.frozen import Name as Name
from features.frozen import Whole as Whole
from features.ladder import LadderSettings

Role = Literal["answer", "channel", "profile", "context", "late"]
FieldType = Literal["category", "number", "flag", "date", "text"]
Obstacle = Literal["need", "money", "hurry", "desire", "trust", "source"]
Actor = Literal["lead", "rep", "marketing"]

ACTORS: tuple[Actor, ...] = ("lead", "rep", "marketing")
"""Actors by code; -1 stands for an actor that the record does not name."""

LEAD_COLUMNS = ("lead_id", "created_at")
EVENT_COLUMNS = ("lead_id", "kind", "occurred_at", "recorded_at", "value", "text", "actor", "rep_id")
OUTCOME_COLUMNS = ("lead_id", "closed_at", "recorded_at", "won", "amount", "reason", "rep_id")
SPEND_COLUMNS = ("value", "month", "amount")
RESERVED_COLUMNS = frozenset((*LEAD_COLUMNS, *EVENT_COLUMNS, *OUTCOME_COLUMNS, "as_of", "events"))
"""Names that no field may have."""
RESERVED_SUBJECTS = frozenset((*ACTORS, "everyone"))
"""Names that neither a field nor a kind may have, as features speak of these themselves."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"must be an IANA time zone such as 'Europe/Berlin', got {name!r}") from error
    return name


def _known_encoding(name: str) -> str:
    try:
        "".encode(name)
    except (LookupError, ValueError) as error:
        raise ValueError(f"must be an encoding of texts such as 'utf-8' or 'cp1252', got {name!r}") from error
    return name


def _without_zone_name(time_format: str) -> str:
    if "%Z" in time_format:
        raise ValueError(f"may not have %Z, got {time_format!r}: set time_zone, or use %z")
    return time_format


def _rising(numbers: tuple[int, ...]) -> tuple[int, ...]:
    if list(numbers) != sorted(set(numbers)):
        raise ValueError(f"must rise without repeats, got {list(numbers)}")
    return numbers


def _with_count(sentence: str) -> str:
    if "{count}" not in sentence:
        raise ValueError(f"must hold {{count}}, got {sentence!r}")
    return sentence


class LeadField(Frozen):
    """One field of a lead: what it means, not where an export keeps it.

    `label` names it as it follows "has not said", `ask` is the question, and `sentence` says the answer to a rep, with `{value}` in
    its place. `direction` is the way a higher value (later in `values`, or true) may push the probability; the model is then held to it.
    """

    role: Role
    type: FieldType = "category"
    obstacle: Obstacle | None = None
    label: str = ""
    ask: str = ""
    sentence: str = ""
    values: tuple[str, ...] = ()
    ordered: bool = False
    others: bool = False
    direction: Literal["up", "down"] | None = None
    minimum: FiniteFloat | None = None
    maximum: FiniteFloat | None = None
    missing: tuple[str, ...] = ()
    admitted: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.sentence and "{value}" not in self.sentence:
            raise ValueError(f"sentence must hold {{value}}, got {self.sentence!r}")
        if self.role == "late":
            return self
        if self.is_feature and self.role != "channel" and self.obstacle is None:
            raise ValueError(f"obstacle is missing: say which of {', '.join(get_args(Obstacle))} this field speaks to")
        if self.role == "channel" and self.type != "category":
            raise ValueError(f"type must be 'category' for a channel, got {self.type!r}")
        if self.type == "category" and self.role != "channel" and self.is_feature and not self.values:
            raise ValueError("values is missing: list the answers that a category may have")
        if self.type != "category" and self.values:
            raise ValueError(f"values are for categories, got type {self.type!r}")
        if self.others and "other" in self.values:
            raise ValueError("values may not hold 'other' beside others = true: it stands for every other value")
        if len(set(self.values)) != len(self.values):
            raise ValueError(f"values must differ from each other, got {list(self.values)}")
        if self.type != "number" and not (self.minimum is None and self.maximum is None):
            raise ValueError(f"minimum and maximum are for numbers, got type {self.type!r}")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"minimum must be <= maximum, got {self.minimum:g} and {self.maximum:g}")
        if self.direction and self.role == "channel":
            raise ValueError("direction is not for channels: their record tells which way they push")
        if self.direction and self.type == "category" and not self.ordered:
            raise ValueError("direction needs ordered = true: only ordered values have an up and a down")
        if self.admitted and self.role not in ("profile", "context"):
            raise ValueError(f"admitted is for profile and context fields, got role {self.role!r}")
        return self

    @property
    def is_feature(self) -> bool:
        """Whether the close model may look at this field."""
        return self.role in ("answer", "channel") or self.admitted


class EventKind(Frozen):
    """One kind of event: the obstacle it speaks to, who usually acts, and how people name it.

    `sentence` says to a rep that there were some, with `{count}` ("2 calls") and `{within}` ("in the last 30 days") in their places.
    `direction` holds the model to the way that more events of this kind may push the probability.
    """

    obstacle: Obstacle
    actor: Actor | None = None
    singular: str = ""
    plural: str = ""
    sentence: Annotated[str, AfterValidator(_with_count)] = "{count} {within}"
    direction: Literal["up", "down"] | None = None


class TrackRecordSettings(Frozen):
    """How a channel's record is kept.

    Attributes
    ----------
    days
        Windows, each shrunk toward the next longer one by the weight of `prior_leads` leads.
    prior_won
        The wins over expected wins of a channel are shrunk toward 1 by so many wins.
    """

    days: Annotated[tuple[Days, ...], Field(min_length=1), AfterValidator(_rising)] = (30, 90, 365)
    prior_leads: Annotated[float, Field(gt=0)] = 20.0
    prior_won: Annotated[float, Field(gt=0)] = 3.0


class LeadSchema(Frozen):
    """What may be known about a lead, and how it becomes features.

    Attributes
    ----------
    missing
        The words that stand for "not known" in every field and column, beside a field's own, to which they are added.
    time_zone
        The IANA zone of times that name none.
    fields, kinds
        By name; a name is either a field or a kind. Without any, a model still learns from the age of leads and from how
        everyone's close.
    horizon_days
        A lead counts as won if it is won within so many days after the moment of scoring.
    lookback_days
        Windows in which events are counted, beside "ever".
    ladder
        What a lead must have shown to stand on each step.
    """

    missing: tuple[str, ...] = ()  # before fields, whose validator reads it
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    fields: dict[Name, LeadField] = Field(default_factory=dict)
    kinds: dict[Name, EventKind] = Field(default_factory=dict)
    horizon_days: Days = 90
    lookback_days: Annotated[tuple[Days, ...], AfterValidator(_rising)] = (7, 30, 90)
    track_record: TrackRecordSettings = TrackRecordSettings()
    ladder: LadderSettings = LadderSettings()

    @field_validator("fields")
    @classmethod
    def _missing_everywhere(cls, fields: dict[str, LeadField], given: ValidationInfo) -> dict[str, LeadField]:
        words = given.data.get("missing", ())
        told = {name: tuple(dict.fromkeys((*words, *field.missing))) for name, field in fields.items()}
        return {name: field.model_copy(update={"missing": told[name]}) for name, field in fields.items()}

    @model_validator(mode="after")
    def _check(self) -> Self:
        both = sorted(self.fields.keys() & self.kinds.keys())
        if both:
            raise ValueError(f"a name must be a field or a kind, not both: {', '.join(both)}")
        subjects = sorted((self.fields.keys() | self.kinds.keys()) & RESERVED_SUBJECTS)
        if subjects:
            raise ValueError(f"fields and kinds may not be called what features speak of: {', '.join(subjects)}")
        reserved = sorted(self.fields.keys() & RESERVED_COLUMNS)
        if reserved:
            raise ValueError(f"fields may not have the name of a column of the three tables: {', '.join(reserved)}")
        self.ladder.check(self.fields, self.kinds)
        return self

    def by_role(self, *roles: Role) -> dict[str, LeadField]:
        """Return the fields of these roles, in the order of the settings."""
        return {name: field for name, field in self.fields.items() if field.role in roles}

    @cached_property
    def answers(self) -> dict[str, LeadField]:
        """What the lead said; an answer may also arrive later, as an event of the field's name."""
        return self.by_role("answer")

    @cached_property
    def channels(self) -> dict[str, LeadField]:
        """Where the lead came from."""
        return self.by_role("channel")

    @cached_property
    def encoded(self) -> dict[str, LeadField]:
        """Fields that are kept as numbers: the answers, and profile and context fields that are not late."""
        return self.by_role("answer", "profile", "context")

    @cached_property
    def event_codes(self) -> dict[str, int]:
        """Code of every kind that an event may have: the kinds first, then the answers."""
        return {name: code for code, name in enumerate((*self.kinds, *self.answers))}

    @cached_property
    def number(self) -> LeadField:
        """What the numbers that come with events and deals are held against."""
        return LeadField(role="context", type="number", missing=self.missing)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of times that name none."""
        return ZoneInfo(self.time_zone)

    @property
    def horizon(self) -> timedelta:
        """How long after the moment of scoring a win still counts."""
        return timedelta(days=self.horizon_days)


class TableSource(Frozen):
    """One table of an export: its file or SQL table, and the export's name of each of our columns.

    `time_format` is for tables that write times in their own way; without it, the history's holds. `packed` names a column of a SQL table
    that holds JSON objects: what stands in them is read as columns too.
    """

    table: str
    columns: dict[str, str] = Field(default_factory=dict)
    packed: str | None = None
    time_format: Annotated[str, AfterValidator(_without_zone_name)] | None = None


class EventsSource(TableSource):
    """The events table; `kinds` maps the export's kinds to ours, `ignore` names those to leave out."""

    kinds: dict[str, str] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()


class OutcomesSource(TableSource):
    """The outcomes table; a value outside the three lists is a broken row.

    With `all_won`, every row is a win and there is no column `won`: an export that lists its deals alone.
    """

    won_values: tuple[str, ...] = ("true", "1", "yes", "won")
    lost_values: tuple[str, ...] = ("false", "0", "no", "lost")
    open_values: tuple[str, ...] = ()
    all_won: bool = False


class SpendSource(TableSource):
    """A table of what was spent: its columns are `value` (of the channel), `month` (2026-03, or a day in it) and `amount`.

    Attributes
    ----------
    source
        A folder of CSV or Parquet files, or a SQLAlchemy URL; the history's if it is empty.
    delimiter
        Of CSV files.
    """

    source: str = ""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","


class HistorySource(Frozen):
    """Where a history lies and how it is written.

    Attributes
    ----------
    source
        A folder of CSV or Parquet files, or a SQLAlchemy URL.
    exported_at
        Until when the history is complete; without it, the time of the latest record.
    """

    source: str
    leads: TableSource = TableSource(table="leads")
    events: EventsSource | None = None
    outcomes: OutcomesSource = OutcomesSource(table="outcomes")
    time_format: Annotated[str, AfterValidator(_without_zone_name)] | None = None
    exported_at: AwareDatetime | None = None
    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","

    @property
    def is_database(self) -> bool:
        """Whether the source is a SQLAlchemy URL rather than a folder."""
        return "://" in self.source


def check_mapping(source: HistorySource, schema: LeadSchema) -> None:
    """Check that the mapping names only columns of the three tables and fields of the schema.

    Raises
    ------
    ValueError
        Naming the key and what is allowed.
    """
    tables = {"leads": (source.leads, LEAD_COLUMNS), "outcomes": (source.outcomes, OUTCOME_COLUMNS)}
    for table, (mapped, core) in tables.items():
        _refuse_unknown(f"history.{table}.columns", mapped.columns, {*core, *schema.fields})
    if source.events is not None:
        _refuse_unknown("history.events.columns", source.events.columns, set(EVENT_COLUMNS))
        _refuse_unknown("history.events.kinds", source.events.kinds.values(), set(schema.event_codes))


def check_spend(source: SpendSource) -> None:
    """Check that the mapping of a table of spend names only its columns.

    Raises
    ------
    ValueError
        Naming the key and what is allowed.
    """
    _refuse_unknown("accountability.costs.spend.columns", source.columns, set(SPEND_COLUMNS))


def _refuse_unknown(key: str, names: object, allowed: set[str]) -> None:
    unknown = sorted(set(names) - allowed)  # type: ignore[call-overload]
    if unknown:
        raise ValueError(f"{key}: {unknown[0]!r} is not allowed here: use one of {', '.join(sorted(allowed))}.")


def fitting(source: HistorySource, schema: LeadSchema) -> HistorySource:
    """Return the mapping for another schema: without its columns of fields, and with its kinds ignored, that this one does not know.

    So a history can be read as the settings of an earlier training read it, as long as the export still has what they ask for.
    """
    columns = {ours: theirs for ours, theirs in source.leads.columns.items() if ours in {*LEAD_COLUMNS, *schema.fields}}
    leads = source.leads.model_copy(update={"columns": columns})
    if source.events is None:
        return source.model_copy(update={"leads": leads})
    kinds = {theirs: ours for theirs, ours in source.events.kinds.items() if ours in schema.event_codes}
    ignore = (*source.events.ignore, *(theirs for theirs in source.events.kinds if theirs not in kinds))
    events = source.events.model_copy(update={"kinds": kinds, "ignore": ignore})
    return source.model_copy(update={"leads": leads, "events": events})


def latest(source: HistorySource, now: datetime) -> datetime:
    """Return the time after which no record of this export can have been made."""
    return source.exported_at or now
