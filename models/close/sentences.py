"""What a feature says, in the words of a person who sells: the only place where numbers become sentences for reps.

A sentence states what is known and leaves the judgement to the points beside it. What was not answered is named as not
answered, never as a value.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from features.answers import categories
from features.clock import DAY, to_datetime
from features.feature import EVERYONE, Feature
from features.fields import decode
from features.settings import LeadField, LeadSchema
from features.track_record import SETTLED, WON, Books

COMPARED = ("value", "days_to_first", "reply_hours")
"""Measures whose sentences say what is typical beside what is: numbers that were said, and times that were taken."""
FEWEST_SETTLED = 5
"""A channel's share is said from so many settled leads on; below, only the count."""
YEAR = 365


@dataclass(frozen=True)
class Situation:
    """What sentences about one lead at one moment may refer to.

    Attributes
    ----------
    values
        What each feature is, NaN where not known, in the order of `column`; as plain numbers.
    channels
        The lead's value of each channel; None where not known.
    books, codes
        The channels' books, and the code of the lead's value in each.
    day, today
        Last closed day that the moment sees, and the day of the moment (since 1970-01-01 UTC).
    typical
        By feature, the middle of what the model has seen of it.
    """

    schema: LeadSchema
    column: Mapping[str, int]
    features: Sequence[Feature]
    values: Sequence[float]
    channels: Mapping[str, str | None]
    books: Books
    codes: Mapping[str, int]
    day: int
    today: int
    typical: Mapping[str, float] = field(default_factory=dict)

    def value(self, feature: Feature) -> float:
        """Return what a feature is; NaN where not known."""
        return self.values[self.column[feature.name]]

    def compared(self, feature: Feature, say: Callable[[float], str]) -> str:
        """Return what is typical, to follow a sentence about a feature; nothing where that is not known."""
        typical = self.typical.get(feature.name)
        return "" if typical is None else f"; typical: {say(typical)}"

    def known_value(self, feature: Feature) -> str | float | bool | None:
        """Return the value of the field that a feature measures, as the lead gave it; None where not known."""
        value, field = self.value(feature), self.schema.fields[feature.subject]
        if math.isnan(value):
            return None
        if feature.measure == "is_value":
            return next(
                (name for name in categories(field) if self._is(feature.subject, name)),
                None,
            )
        if field.type in ("category", "flag"):
            return decode(field, value)
        return rounded(value)

    def _is(self, subject: str, value: str) -> bool:
        return any(
            self.values[column] == 1
            for column, feature in enumerate(self.features)
            if feature.measure == "is_value" and feature.subject == subject and feature.value == value
        )

    def window(self, days: int) -> str:
        """Return a window of the books in words: they may have been closed some time before the moment."""
        if self.day >= self.today - 1:
            return f"in the last {days} days"
        closed = to_datetime(self.day * DAY)
        return f"in the {days} days to {closed.day} {closed:%B %Y}"

    def tally(self, channel: str, window_days: int, days_ago: int = 0) -> tuple[int, int]:
        """Return how many leads of the lead's channel value were settled and won in a window that ended so long ago."""
        code, day = np.array([[self.codes[channel]]]), np.array([self.day - days_ago])
        counts = self.books.tally(code, day, (window_days,))[0, 0, 0]
        return int(counts[SETTLED]), int(counts[WON])


def sentence(feature: Feature, situation: Situation) -> str:
    """Return what is known by a feature, as one sentence without a full stop."""
    return capitalized(_WRITERS[feature.measure](feature, situation.value(feature), situation))


def rounded(value: float) -> float:
    """Return a float32 feature value without the digits that it does not hold.

    Examples
    --------
    >>> rounded(float(np.float32(0.1)))
    0.1
    """
    return float(f"{value:.7g}")


def number(value: float) -> str:
    """Write a number as people say it: three digits that count.

    Examples
    --------
    >>> number(1234567.0), number(0.4567), number(12.0)
    ('1,230,000', '0.457', '12')
    """
    if abs(value) >= 100:
        digits = 3 - len(str(int(abs(value))))
        return f"{round(value, digits):,.0f}"
    return f"{value:.3g}"


def percent(share: float) -> str:
    """Write a share as people say it.

    Examples
    --------
    >>> percent(0.178), percent(0.004), percent(0.0)
    ('18 %', '0.4 %', '0 %')
    """
    return f"{share:.0%}".replace("%", " %") if share >= 0.01 or share == 0 else f"{share * 100:.1f} %"


def duration(days: float) -> str:
    """Write a length of time as people say it.

    Examples
    --------
    >>> duration(0.02), duration(0.1), duration(1.0), duration(12.4), duration(75)
    ('29 minutes', '2 hours', '24 hours', '12 days', '11 weeks')
    """
    if days < 1 / 24:
        return counted(max(round(days * 24 * 60), 1), "minute", "minutes")
    if days < 2:
        return counted(round(days * 24), "hour", "hours")
    if days < 60:
        return counted(round(days), "day", "days")
    if days < 2 * YEAR:
        return (
            counted(round(days / 7), "week", "weeks") if days < 120 else counted(round(days / 30.4), "month", "months")
        )
    return counted(round(days / YEAR), "year", "years")


def counted(count: int, singular: str, plural: str) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> counted(1, "call", "calls"), counted(0, "call", "calls")
    ('1 call', '0 calls')
    """
    return f"{count:,} {singular if count == 1 else plural}"


def label(name: str, field: LeadField) -> str:
    """Return how people call a field, fit to follow "has not said"."""
    return field.label or name.replace("_", " ")


def nouns(schema: LeadSchema, kind: str) -> tuple[str, str]:
    """Return the singular and the plural of a kind of event."""
    settings = schema.kinds[kind]
    singular = settings.singular or kind.replace("_", " ")
    return singular, settings.plural or f"{singular}s"


def capitalized(text: str) -> str:
    """Return a text that begins a sentence."""
    return text[:1].upper() + text[1:]


def _value(feature: Feature, value: float, situation: Situation) -> str:
    field = situation.schema.fields[feature.subject]
    name = label(feature.subject, field)
    known = situation.known_value(feature)
    if known is None:
        return f"has not said {name}" if field.role == "answer" else f"not known: {name}"
    said = (field.sentence or f"{name}: {{value}}").replace("{value}", spoken(field, known, value))
    return said + situation.compared(feature, number) if field.type == "number" else said


def spoken(field: LeadField, known: str | float | bool, value: float) -> str:
    """Return an answer as it stands in a sentence: `known` as the lead gave it, `value` as features hold it."""
    match field.type:
        case "flag":
            return "yes" if known else "no"
        case "number":
            return number(value)
        case "date":
            return f"in {duration(value)}" if value >= 0 else f"{duration(-value)} ago"
        case "text":
            return f"said in {counted(int(value), 'word', 'words')}"
        case _:
            return str(known)


def _answered(feature: Feature, value: float, situation: Situation) -> str:
    return _answer(feature, situation)


def _answer_age(feature: Feature, value: float, situation: Situation) -> str:
    if math.isnan(value):
        return _answer(feature, situation)
    return f"{_answer(feature, situation)}, said {'just now' if value < 1 / 24 else _ago(value)}"


def _answer(feature: Feature, situation: Situation) -> str:
    """Say the answer to the question that a feature is about: what was said counts, whichever feature says most of it."""
    told = next(
        other
        for other in situation.features
        if other.subject == feature.subject and other.measure in ("value", "is_value")
    )
    return _value(told, situation.value(told), situation)


def _answers_given(feature: Feature, value: float, situation: Situation) -> str:
    return f"has answered {int(value)} of {counted(len(situation.schema.answers), 'question', 'questions')}"


def _within(days: int | None) -> str:
    return "so far" if days is None else f"in the last {days} days"


def _count(feature: Feature, value: float, situation: Situation) -> str:
    within, count = _within(feature.window_days), int(value)
    if feature.subject == "lead":
        done = f"did something {counted(count, 'time', 'times')} {within}"
        return f"the lead {done}" if count else f"nothing heard from the lead {within}"
    if feature.subject == "rep":
        return (
            f"we reached out {counted(count, 'time', 'times')} {within}"
            if count
            else f"we have not reached out {within}"
        )
    singular, plural = nouns(situation.schema, feature.subject)
    if not count:
        return f"no {singular} {within}"
    said = situation.schema.kinds[feature.subject].sentence
    return said.replace("{count}", counted(count, singular, plural)).replace("{within}", within)


def _days_since(feature: Feature, value: float, situation: Situation) -> str:
    if feature.subject == "lead":
        return "nothing heard from the lead so far" if math.isnan(value) else f"last heard from the lead {_ago(value)}"
    if feature.subject == "rep":
        return "we have not reached out so far" if math.isnan(value) else f"we last reached out {_ago(value)}"
    singular, _ = nouns(situation.schema, feature.subject)
    return f"no {singular} so far" if math.isnan(value) else f"last {singular} {_ago(value)}"


def _ago(days: float) -> str:
    return f"{duration(days)} ago"


def _days_to_first(feature: Feature, value: float, situation: Situation) -> str:
    if feature.subject == "lead":
        return (
            "nothing heard from the lead so far"
            if math.isnan(value)
            else f"the lead first got back after {duration(value)}{situation.compared(feature, duration)}"
        )
    if math.isnan(value):
        return "we have not reached out so far"
    return f"we first reached out after {duration(value)}{situation.compared(feature, duration)}"


def _reply_hours(feature: Feature, value: float, situation: Situation) -> str:
    if feature.subject == "lead":
        return (
            "the lead has not replied to us so far"
            if math.isnan(value)
            else f"the lead replies within {duration(value / 24)}{situation.compared(feature, _of_hours)}"
        )
    if math.isnan(value):
        return "we have not replied to the lead so far"
    return f"we reply within {duration(value / 24)}{situation.compared(feature, _of_hours)}"


def _of_hours(hours: float) -> str:
    return duration(hours / 24)


def _last_word(feature: Feature, value: float, situation: Situation) -> str:
    if math.isnan(value):
        return "nobody has spoken so far"
    return "the lead spoke last" if value else "we spoke last"


def _unanswered_touches(feature: Feature, value: float, situation: Situation) -> str:
    if not value:
        return "no attempt of ours is waiting for a reply"
    return "no reply to our last attempt" if value == 1 else f"no reply to our last {int(value)} attempts"


def _active_days(feature: Feature, value: float, situation: Situation) -> str:
    return f"the lead was active on {counted(int(value), 'day', 'days')}"


def _lead_age(feature: Feature, value: float, situation: Situation) -> str:
    return "came in just now" if value < 1 / 24 else f"came in {_ago(value)}"


def _close_rate(feature: Feature, value: float, situation: Situation) -> str:
    days = feature.window_days or YEAR
    who, window = _channel(feature.subject, situation), situation.window(days)
    settled, won = situation.tally(feature.subject, days)
    if not settled:
        return f"{who}: none decided {window}"
    if settled < FEWEST_SETTLED:
        return f"{who}: {won} of only {settled} closed {window}"
    if not 0 <= won <= settled:  # wins or corrections that were recorded long after their leads had been settled
        return f"{who}: {counted(max(won, 0), 'win', 'wins')} {window}"
    now = f"{who} closed {percent(won / settled)} {window}"
    settled_then, won_then = situation.tally(feature.subject, days, YEAR)
    if settled_then < FEWEST_SETTLED or not 0 <= won_then <= settled_then:
        return now
    return f"{now}, {percent(won_then / settled_then)} a year ago"


def _lift(feature: Feature, value: float, situation: Situation) -> str:
    who = _channel(feature.subject, situation)
    settled, won = situation.tally(feature.subject, feature.window_days or YEAR)
    if settled < FEWEST_SETTLED:
        return f"{who}: {won} of only {settled} closed" if settled else f"{who}: none decided yet"
    if 0.9 <= value <= 1.1:
        return f"{who} close about as often as others"
    if value > 1:
        return f"{who} close {value:.1f} times as often as others"
    return f"{who} close only {percent(value)} as often as others"


def _recent(feature: Feature, value: float, situation: Situation) -> str:
    who, times = _channel(feature.subject, situation), math.exp(value)
    if 0.95 <= times <= 1.05:
        return f"{who} are closing as often as they promise"
    if times > 1.05:
        return f"{who} are closing {times:.1f} times as often as they promise"
    return f"{who} are closing at {percent(times)} of what they promise"


def _new_leads(feature: Feature, value: float, situation: Situation) -> str:
    who, window = _channel(feature.subject, situation), situation.window(feature.window_days or YEAR)
    if feature.subject != EVERYONE and situation.channels[feature.subject] is None:
        return f"its {label(feature.subject, situation.schema.fields[feature.subject])} is not known"
    return f"{who}: {counted(int(value), 'new lead', 'new leads')} {window}"


def _channel(name: str, situation: Situation) -> str:
    if name == EVERYONE:
        return "all leads together"
    known = situation.channels[name]
    called = label(name, situation.schema.fields[name])
    return f"leads whose {called} is not known" if known is None else f"leads from {called} “{known}”"


_WRITERS: Mapping[str, Callable[[Feature, float, Situation], str]] = {
    "value": _value,
    "is_value": _value,
    "answered": _answered,
    "answer_age": _answer_age,
    "answers_given": _answers_given,
    "count": _count,
    "days_since": _days_since,
    "active_days": _active_days,
    "days_to_first": _days_to_first,
    "last_word": _last_word,
    "unanswered_touches": _unanswered_touches,
    "reply_hours": _reply_hours,
    "lead_age": _lead_age,
    "close_rate": _close_rate,
    "lift": _lift,
    "recent": _recent,
    "new_leads": _new_leads,
}
