"""What a feature says, in the words of a person who sells: the only place where numbers become sentences for reps.

A sentence states what is known and leaves the judgement to the points beside it. What was not answered is named as not
answered, never as a value.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from features.matrix.answers import categories
from features.matrix.feature import EVERYONE, Feature
from features.matrix.track_record import SETTLED, WON, TargetStatistics
from features.records.clock import DAY, to_datetime
from features.records.parsing.values import decode
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from models.close.reasons.colleagues import colleagues
from models.close.reasons.wording import YEAR, ago, in_window
from models.close.reasons.wording import capitalized as capitalized
from models.close.reasons.wording import counted as counted
from models.close.reasons.wording import duration as duration
from models.close.reasons.wording import number as number
from models.close.reasons.wording import percent as percent
from models.close.reasons.wording import rounded as rounded

COMPARED = ("value", "days_to_first", "reply_hours")
"""Measures whose sentences say what is typical beside what is: numbers that were said, and times that were taken."""
MIN_SETTLED = 5
"""A channel's share is said from so many settled leads on; below, only the count."""


@dataclass(frozen=True)
class Situation:
    """What sentences about one lead at one moment may refer to.

    Attributes
    ----------
    said
        The columns that hold what is said in each field.
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
    words
        By the answer in which they were written, the words that tell something, with their weights.
    """

    schema: LeadSchema
    column: Mapping[str, int]
    features: Sequence[Feature]
    said: Mapping[str, Sequence[int]]
    values: Sequence[float]
    channels: Mapping[str, str | None]
    books: TargetStatistics
    codes: Mapping[str, int]
    day: int
    today: int
    typical: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

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
        return any(self.values[column] == 1 and self.features[column].value == value for column in self.said[subject])

    def window(self, days: int) -> str:
        """Return a window of the books in words: they may have been closed some time before the moment."""
        if self.day >= self.today - 1:
            return f"in the last {days} days"
        closed = to_datetime(self.day * DAY)
        return f"in the {days} days to {closed.day} {closed:%B %Y}"

    def tally(self, channel: str, window_days: int, *, year_ago: bool = False) -> tuple[int, int]:
        """Return how many leads of the lead's channel value were settled and won in a window of the books that ended today, or a year ago."""
        settled, won = self._tallies[year_ago][channel][self.schema.track_record.days.index(window_days)]
        return settled, won

    @cached_property
    def _tallies(self) -> list[dict[str, list[list[int]]]]:
        """Settled and won by channel and window, of today and of a year ago: all are read at once, as most of them are said."""
        codes, day = np.array([list(self.codes.values())] * 2), np.array([self.day, self.day - YEAR])
        counts = self.books.tally(codes, day, self.schema.track_record.days)[..., [SETTLED, WON]]
        return [dict(zip(self.codes, of_day, strict=True)) for of_day in counts.tolist()]


def sentence(feature: Feature, situation: Situation) -> str:
    """Return what is known by a feature, as one sentence without a full stop."""
    return capitalized(_WRITERS[feature.measure](feature, situation.value(feature), situation))


def label(name: str, field: LeadField) -> str:
    """Return how people call a field, fit to follow "has not said"."""
    return field.label or name.replace("_", " ")


def nouns(schema: LeadSchema, kind: str) -> tuple[str, str]:
    """Return the singular and the plural of a kind of event."""
    settings = schema.kinds[kind]
    singular = settings.singular or kind.replace("_", " ")
    return singular, settings.plural or f"{singular}s"


def own_day(schema: LeadSchema) -> str | None:
    """Return how people call the day by which a lead is decided; None where the settings name none."""
    return None if schema.decided_by is None else label(schema.decided_by, schema.fields[schema.decided_by])


def or_by_own_day(called: str | None) -> str:
    """Return what follows "within 90 days" where leads may have a day of their own; empty where they have none.

    Examples
    --------
    >>> or_by_own_day("arrival"), or_by_own_day(None)
    (', or by its own day (arrival) where it has one', '')
    """
    return "" if called is None else f", or by its own day ({called}) where it has one"


def _value(feature: Feature, value: float, situation: Situation) -> str:
    field = situation.schema.fields[feature.subject]
    name = label(feature.subject, field)
    known = situation.known_value(feature)
    if known is None:
        return f"has not said {name}" if field.role == "answer" else f"not known: {name}"
    said = (field.sentence or f"{name}: {{value}}").replace("{value}", spoken(field, known, value))
    return said + situation.compared(feature, number) if field.type == "number" else said


YEARS = range(1900, 2101)
"""Whole numbers that are said to the last digit: rounded to three that count, a year is another year."""


def spoken(field: LeadField, known: str | float | bool, value: float) -> str:
    """Return an answer as it stands in a sentence: `known` as the lead gave it, `value` as features hold it."""
    match field.type:
        case "flag":
            return "yes" if known else "no"
        case "number":
            return f"{value:.0f}" if value in YEARS else number(value)
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
    return f"{_answer(feature, situation)}, said {'just now' if value < 1 / 24 else ago(value)}"


def _answer(feature: Feature, situation: Situation) -> str:
    """Say the answer to the question that a feature is about: what was said counts, whichever feature says most of it."""
    told = situation.features[situation.said[feature.subject][0]]
    return _value(told, situation.value(told), situation)


def _answers_given(feature: Feature, value: float, situation: Situation) -> str:
    return f"has answered {int(value)} of {counted(len(situation.schema.answers), 'question', 'questions')}"


def _count(feature: Feature, value: float, situation: Situation) -> str:
    within, count = in_window(feature.window_days), int(value)
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
        return "nothing heard from the lead so far" if math.isnan(value) else f"last heard from the lead {ago(value)}"
    if feature.subject == "rep":
        return "we have not reached out so far" if math.isnan(value) else f"we last reached out {ago(value)}"
    singular, _ = nouns(situation.schema, feature.subject)
    return f"no {singular} so far" if math.isnan(value) else f"last {singular} {ago(value)}"


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
    return "came in just now" if value < 1 / 24 else f"came in {ago(value)}"


def _text_margin(feature: Feature, value: float, situation: Situation) -> str:
    schema, subject = situation.schema, feature.subject
    name = label(subject, schema.fields[subject]) if subject in schema.fields else nouns(schema, subject)[0]
    words = mentioned(situation.words.get(feature.subject, {}))
    if words:
        return f"{name}: mentions {', '.join(f'“{word}”' for word in words)}"
    if subject in situation.words or not math.isnan(value):
        return f"{name}: mentions nothing that tells"
    return f"has not said {name}" if subject in schema.fields else f"nothing written with a {name} is known"


def mentioned(words: Mapping[str, int], most: int = 3) -> list[str]:
    """Return the words that weigh most, a pair before its own words where both are there.

    Examples
    --------
    >>> mentioned({"next": 10, "next week": 10, "tender": 50, "week": 9})
    ['tender', 'next week']
    """
    found: list[str] = []
    for word in sorted(words, key=lambda word: (-abs(words[word]), -len(word), word)):
        if not any(set(word.split(" ")) & set(other.split(" ")) for other in found):
            found.append(word)
    return found[:most]


def _days_until(feature: Feature, value: float, situation: Situation) -> str:
    field = situation.schema.fields[feature.subject]
    name = label(feature.subject, field)
    if math.isnan(value):
        return f"has not said {name}" if field.role == "answer" else f"not known: {name}"
    return (field.sentence or f"{name}: {{value}}").replace("{value}", _day_ahead(value))


def _day_ahead(until_its_end: float) -> str:
    """Say when a day is that ends in so many days.

    Examples
    --------
    >>> _day_ahead(0.3), _day_ahead(1.3), _day_ahead(12.9), _day_ahead(-0.5), _day_ahead(-3.2)
    ('today', 'tomorrow', 'in 12 days', 'yesterday', '4 days ago')
    """
    days = math.ceil(until_its_end) - 1
    if -1 <= days <= 1:
        return ("today", "tomorrow", "yesterday")[days]
    return f"in {duration(days)}" if days > 0 else ago(-days)


def _colleagues(feature: Feature, value: float, situation: Situation) -> str:
    singular = nouns(situation.schema, feature.value)[0] if feature.value in situation.schema.kinds else ""
    return colleagues(feature, value, label(feature.subject, situation.schema.fields[feature.subject]), singular)


def _close_rate(feature: Feature, value: float, situation: Situation) -> str:
    days = feature.window_days or YEAR
    who, window = _channel(feature.subject, situation), situation.window(days)
    settled, won = situation.tally(feature.subject, days)
    if not settled:
        return f"{who}: none decided {window}"
    if settled < MIN_SETTLED:
        verb = "was" if won == 1 else "were"
        return f"{who}: of only {settled} decided {window} {won} {verb} won"
    if not 0 <= won <= settled:  # wins or corrections that were recorded long after their leads had been settled
        return f"{who}: {counted(max(won, 0), 'win', 'wins')} {window}"
    now = f"{who}: of {settled:,} decided {window} {won:,} were won"
    settled_then, won_then = situation.tally(feature.subject, days, year_ago=True)
    if settled_then < MIN_SETTLED or not 0 <= won_then <= settled_then:
        return now
    return f"{now}, a year ago {won_then:,} of {settled_then:,}"


def _lift(feature: Feature, value: float, situation: Situation) -> str:
    who = _channel(feature.subject, situation)
    settled, won = situation.tally(feature.subject, feature.window_days or YEAR)
    if settled < MIN_SETTLED:
        verb = "was" if won == 1 else "were"
        return f"{who}: of only {settled} decided {won} {verb} won" if settled else f"{who}: none decided yet"
    if 0.9 <= value <= 1.1:
        return f"{who} close about as often as others"
    if value > 1:
        return f"{who} close {value:.1f} times as often as others"
    return f"{who} close only {percent(value)} as often as others"


def _recent(feature: Feature, value: float, situation: Situation) -> str:
    who, times = _channel(feature.subject, situation), math.exp(value)
    if 0.95 <= times <= 1.05:
        return f"{who} are closing about as often as they promise"
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
    "days_until": _days_until,
    "text_margin": _text_margin,
    "account_leads": _colleagues,
    "account_since": _colleagues,
    "account_since_kind": _colleagues,
    "account_events": _colleagues,
    "close_rate": _close_rate,
    "lift": _lift,
    "recent": _recent,
    "new_leads": _new_leads,
}
