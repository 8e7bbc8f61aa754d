"""The frozen description of a company's leads: fields by role, event kinds, obstacles, and where the history lies.

Two objects. `LeadSchema` says what may be known about a lead and travels with every model. `HistorySource` says where an
export lies and how its columns map to the three tables; it stays at home, as its URL may hold a password.
"""

from datetime import timedelta
from functools import cached_property
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from features.settings.fields import ACTORS, EventKind, LeadField, Obstacle, Role
from features.settings.frozen import Days, Frozen, Name
from features.settings.ladder import LadderSettings
from features.settings.source import AGENT_COLUMNS, EVENT_COLUMNS, LEAD_COLUMNS, OUTCOME_COLUMNS

RESERVED_COLUMNS = frozenset((*LEAD_COLUMNS, *EVENT_COLUMNS, *OUTCOME_COLUMNS, "as_of", "events")) - {*AGENT_COLUMNS}
"""Names that no field may have."""
RESERVED_SUBJECTS = frozenset((*ACTORS, "everyone")) - {"agent"}
"""Names that neither a field nor a kind may have, as features speak of these themselves."""


def known_zone(name: str) -> str:
    """Return the name of a time zone.

    Raises
    ------
    ValueError
        If there is none of this name.
    """
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"must be an IANA time zone such as 'Europe/Berlin', got {name!r}") from error
    return name


def _rising(numbers: tuple[int, ...]) -> tuple[int, ...]:
    if list(numbers) != sorted(set(numbers)):
        raise ValueError(f"must rise without repeats, got {list(numbers)}")
    return numbers


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
    decided_by
        The field of type date that says by which day a lead is decided, as it was when the lead was created. A lead that names such a day
        counts as won if it is won by its end, in the zone above; for one that does not, the horizon holds.
    lookback_days
        Windows in which events are counted, beside "ever".
    ladder
        What a lead must have shown to stand on each step.
    """

    missing: tuple[str, ...] = ()  # before fields, whose validator reads it
    time_zone: Annotated[str, AfterValidator(known_zone)] = "UTC"
    fields: dict[Name, LeadField] = Field(default_factory=dict)
    kinds: dict[Name, EventKind] = Field(default_factory=dict)
    horizon_days: Days = 90
    decided_by: Name | None = None
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
        self._check_account()
        self._check_decided_by()
        return self

    def _check_account(self) -> None:
        accounts = list(self.by_role("account"))
        if len(accounts) > 1:
            raise ValueError(
                f"one field may have role 'account', got {', '.join(accounts)}: give the others role 'context' or 'profile'"
            )

    def _check_decided_by(self) -> None:
        if self.decided_by is None:
            return
        dates = [name for name, field in self.encoded.items() if field.type == "date"]
        if self.decided_by not in dates:
            raise ValueError(
                f"decided_by must name a field of type 'date' that is known when a lead comes in ({', '.join(dates) or 'there is none'}), "
                f"got {self.decided_by!r}: describe it under [fields.{self.decided_by}], such as with role = 'context' and type = 'date'"
            )

    def by_role(self, *roles: Role) -> dict[str, LeadField]:
        """Return the fields of these roles, in the order of the settings."""
        return {name: field for name, field in self.fields.items() if field.role in roles}

    @cached_property
    def answers(self) -> dict[str, LeadField]:
        """What the lead said; an answer may also arrive later, as an event of the field's name."""
        return self.by_role("answer")

    @cached_property
    def texts(self) -> dict[str, LeadField]:
        """What the lead wrote in its own words."""
        return {name: field for name, field in self.answers.items() if field.type == "text"}

    @cached_property
    def messages(self) -> dict[str, Obstacle]:
        """What is read word by word, with the obstacle that it speaks to: answers in own words, and the kinds whose text counts."""
        answers = {name: field.obstacle or "need" for name, field in self.texts.items()}
        return answers | {name: kind.obstacle for name, kind in self.kinds.items() if kind.text}

    @cached_property
    def channels(self) -> dict[str, LeadField]:
        """Where the lead came from."""
        return self.by_role("channel")

    @cached_property
    def contacts(self) -> dict[str, LeadField]:
        """Who to call: name, company, mail, telephone; kept, searched, shown and erased, and no part of any feature."""
        return self.by_role("contact")

    @cached_property
    def account(self) -> str | None:
        """The field that says with whom a lead belongs; None without one."""
        return next(iter(self.by_role("account")), None)

    @cached_property
    def encoded(self) -> dict[str, LeadField]:
        """Fields that are kept as numbers: the answers, and profile and context fields that are not late."""
        return self.by_role("answer", "profile", "context")

    @cached_property
    def rep_kinds(self) -> tuple[str, ...]:
        """The kinds in which a rep acts, unless an event itself says who did."""
        return tuple(name for name, kind in self.kinds.items() if kind.actor == "rep")

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
