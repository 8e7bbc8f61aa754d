"""What the settings say of messages to people: who is told what, by which way, and when."""

from collections.abc import Mapping
from datetime import time
from types import MappingProxyType
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from features.settings.frozen import Frozen, Name, Whole
from features.settings.schema import known_zone
from serving.schemas.notices import ALWAYS, LEAD_KINDS, NoticeKind

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
MessageRole = Literal["rep", "manager", "operator"]
USUAL_KINDS: Mapping[MessageRole, tuple[NoticeKind, ...]] = MappingProxyType(
    {
        "rep": ("lead.call_due", "lead.waits"),
        "manager": ("week.began", "source.judged", "intake.quiet"),
        "operator": (
            "version.promoted",
            "version.refused",
            "version.rolled_back",
            "refresh.failed",
            "inputs.drifted",
            "intake.quiet",
            "webhook.unread",
            "disk.low",
            "delivery.off",
        ),
    }
)
"""What each is told, where the settings do not say."""


def _of_the_clock(moment: time) -> time:
    if moment.tzinfo is not None:
        raise ValueError("must be a time of the day without a zone, as in 07:30: name the zone as time_zone")
    return moment


ClockTime = Annotated[time, AfterValidator(_of_the_clock)]


class MessageSettings(Frozen):
    """Somebody who is told what happens, in words.

    Attributes
    ----------
    name
        By which they are known for good: under another name it is somebody else.
    role, rep
        What they do here, which says what they are told; and which rep they are, as events name the rep: a rep is told of own leads alone.
    url_variable
        The environment variable with the address, as Apprise writes it: `mailtos://user:password@mail.example.com?to=ann@example.com`.
    kinds
        What they are told, as `serving.schemas.notices` lists it; what is usual for the role if empty.
    when
        At once, or together at the times of `digest_at`.
    digest_at
        Times of the day.
    quiet_from, quiet_until, quiet_days
        When nothing is sent: between two times of the day, which may lie around midnight, and all day on some days. It is sent afterwards.
    time_zone
        Of these times; that of the settings if empty.
    most_a_day
        So many messages a day at most: what is more comes with the first of the next day.
    cooldown_minutes
        So long after a message about a lead, a source or whatever it was, nothing more of it is told; it is told afterwards.
    """

    name: Name
    role: MessageRole
    rep: Annotated[str, Field(max_length=200)] = ""
    url_variable: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    kinds: tuple[NoticeKind, ...] = ()
    when: Literal["at once", "digest"] = "at once"
    digest_at: Annotated[tuple[ClockTime, ...], Field(min_length=1, max_length=24)] = (time(8),)
    quiet_from: ClockTime | None = None
    quiet_until: ClockTime | None = None
    quiet_days: tuple[Weekday, ...] = ()
    time_zone: Annotated[str, AfterValidator(lambda name: name and known_zone(name))] = ""
    most_a_day: Annotated[Whole, Field(ge=1, le=1_000)] = 20
    cooldown_minutes: Annotated[float, Field(ge=0, le=10_080)] = 60.0

    @property
    def wants(self) -> frozenset[NoticeKind]:
        """What they are told."""
        return frozenset(self.kinds or USUAL_KINDS[self.role]) | ALWAYS

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.role == "rep") != bool(self.rep):
            remedy = "name the rep whose leads they are" if self.role == "rep" else 'it goes with role = "rep" alone'
            raise ValueError(f"rep of {self.name} must be named where the role is rep: {remedy}")
        others = sorted(set(self.kinds) - LEAD_KINDS) if self.role == "rep" else []
        if others:
            raise ValueError(f"kinds of a rep must be of leads, got {others[0]!r}: tell a manager or an operator")
        if (self.quiet_from is None) != (self.quiet_until is None) or (
            self.quiet_from is not None and self.quiet_from == self.quiet_until
        ):
            raise ValueError("quiet_from and quiet_until must be two times of the day: name both, or none")
        if set(self.quiet_days) == set(WEEKDAYS):
            raise ValueError("quiet_days must leave a day on which messages are sent, got all seven")
        if self.when == "digest" and all(self._is_quiet_at(moment) for moment in self.digest_at):
            raise ValueError("digest_at must have a time that is not quiet, got none: nothing would ever be sent")
        return self

    def is_quiet(self, day: int, moment: time) -> bool:
        """Return whether nothing is sent at a time of a weekday; Monday is 0.

        Examples
        --------
        >>> settings = MessageSettings(
        ...     name="ann", role="manager", url_variable="ANN", quiet_from=time(19), quiet_until=time(7)
        ... )
        >>> [settings.is_quiet(0, time(hour)) for hour in (6, 7, 18, 19)]
        [True, False, False, True]
        """
        return WEEKDAYS[day] in self.quiet_days or self._is_quiet_at(moment)

    def _is_quiet_at(self, moment: time) -> bool:
        start, end = self.quiet_from, self.quiet_until
        if start is None or end is None:
            return False
        return start <= moment < end if start < end else moment >= start or moment < end
