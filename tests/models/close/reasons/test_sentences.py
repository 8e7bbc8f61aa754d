"""Every measure in words: one, many and none, and what was not answered named as not answered."""

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args
from unittest.mock import patch

import numpy as np
import pytest

from features.matrix.feature import EVERYONE, Feature, Measure, said_columns
from features.matrix.matrix import catalogue
from features.matrix.target_sums import fit_target_statistics
from features.records.clock import DAY, to_datetime
from features.records.history import Events, History, Leads
from features.settings.fields import EventKind, LeadField
from features.settings.schema import LeadSchema
from models.close.level.delays import Delays
from models.close.level.offset import Offset
from models.close.reasons.sentences import Situation, sentence
from tests.features.strategies import outcomes_of, texts

SCHEMA = LeadSchema(
    fields={
        "budget": LeadField(
            role="answer", obstacle="money", values=("none", "large"), ordered=True, label="its budget"
        ),
        "use": LeadField(role="answer", obstacle="need", values=("own software", "nothing"), others=True),
        "seats": LeadField(role="answer", type="number", obstacle="need"),
        "urgent": LeadField(role="answer", type="flag", obstacle="hurry"),
        "deadline": LeadField(role="answer", type="date", obstacle="hurry"),
        "notes": LeadField(role="answer", type="text", obstacle="desire"),
        "size": LeadField(role="profile", type="number", obstacle="money", admitted=True, label="employees"),
        "size_wanted": LeadField(
            role="answer", type="number", obstacle="need", label="how many it wants", sentence="Wants {value} of them"
        ),
        "arrival": LeadField(role="context", type="date", sentence="Arrives {value}"),
        "company": LeadField(role="account"),
        "source": LeadField(role="channel", label="source"),
    },
    decided_by="arrival",
    kinds={
        "call": EventKind(obstacle="trust", actor="rep"),
        "site_visit": EventKind(obstacle="desire", singular="visit on site", plural="visits on site"),
        "mail": EventKind(obstacle="trust", sentence="we wrote {count} {within}", singular="letter", plural="letters"),
    },
    horizon_days=30,
)
OFFSET = Offset.fresh(Delays.of(0, 0, np.zeros(0, np.bool_), np.zeros(0)), "source", 0)
FEATURES = {feature.name: feature for feature in (*catalogue(SCHEMA), *OFFSET.features())}
TODAY = 1000

# Of "fair": 20 leads closed 10 days ago, 4 of them won, and 10 a year before, 5 of them won. Of "web": 2 of 3 won. Of "new": none yet.
CLOSED = [("fair", 10, n < 4) for n in range(20)] + [("fair", 365 + 10, n < 5) for n in range(10)]
CLOSED += [("web", 10, n < 2) for n in range(3)]


def history() -> History:
    source = texts([source for source, _, _ in CLOSED] + ["new", "new"])
    closed_at = [(TODAY - days) * DAY for _, days, _ in CLOSED]
    created_at = np.array([*(at - DAY for at in closed_at), (TODAY - 2) * DAY, (TODAY - 2) * DAY], np.int64)
    fields = {name: np.full(len(source), np.nan) for name in SCHEMA.encoded}
    outcomes = outcomes_of([(lead, at, at, CLOSED[lead][2]) for lead, at in enumerate(closed_at)])
    ids = texts([f"L{number}" for number in range(len(source))])
    return History(SCHEMA, Leads(ids, created_at, fields, {"source": source}), Events.none(), outcomes, TODAY * DAY)


BOOKS = fit_target_statistics(history())


def situation(values: Mapping[str, float], source: str | None = "fair") -> Situation:
    column = {name: index for index, name in enumerate(FEATURES)}
    X = np.full(len(column), np.nan, np.float32)
    for name, value in values.items():
        X[column[name]] = value
    codes = {EVERYONE: 0, "source": int(BOOKS.code("source", texts([source]))[0])}
    features = tuple(FEATURES.values())
    said = said_columns(features)
    return Situation(SCHEMA, column, features, said, X.tolist(), {"source": source}, BOOKS, codes, TODAY - 1, TODAY)


NOT_KNOWN = np.nan
SENTENCES = [
    ("source_recently", np.log(0.5), "Leads from source “fair” are closing at 50 % of what they promise"),
    ("source_recently", np.log(1.4), "Leads from source “fair” are closing 1.4 times as often as they promise"),
    ("everyone_recently", 0.0, "All leads together are closing about as often as they promise"),
    ("budget", 1, "Its budget: large"),
    ("budget", NOT_KNOWN, "Has not said its budget"),
    ("seats", 1234567, "Seats: 1,230,000"),
    ("seats", 0, "Seats: 0"),
    ("seats", NOT_KNOWN, "Has not said seats"),
    ("size_wanted", 20, "Wants 20 of them"),
    ("size_wanted", NOT_KNOWN, "Has not said how many it wants"),
    ("mail_count_7d", 2, "We wrote 2 letters in the last 7 days"),
    ("mail_count_7d", 0, "No letter in the last 7 days"),
    ("urgent", 1, "Urgent: yes"),
    ("urgent", 0, "Urgent: no"),
    ("urgent", NOT_KNOWN, "Has not said urgent"),
    ("deadline_days_ahead", 12.4, "Deadline: in 12 days"),
    ("deadline_days_ahead", -1, "Deadline: 24 hours ago"),
    ("deadline_days_ahead", NOT_KNOWN, "Has not said deadline"),
    ("notes_words", 1, "Notes: said in 1 word"),
    ("notes_words", 20, "Notes: said in 20 words"),
    ("notes_words", NOT_KNOWN, "Has not said notes"),
    ("size", 50, "Employees: 50"),
    ("size", NOT_KNOWN, "Not known: employees"),
    ("use_is_nothing", 1, "Use: nothing"),
    ("use_is_nothing", NOT_KNOWN, "Has not said use"),
    ("budget_answered", 0, "Has not said its budget"),
    ("budget_answer_age", NOT_KNOWN, "Has not said its budget"),
    ("answers_given", 0, "Has answered 0 of 7 questions"),
    ("answers_given", 7, "Has answered 7 of 7 questions"),
    ("lead_age", 0, "Came in just now"),
    ("lead_age", 30, "Came in 30 days ago"),
    ("days_until_arrival", 0.2, "Arrives today"),
    ("days_until_arrival", 1, "Arrives today"),
    ("days_until_arrival", 1.2, "Arrives tomorrow"),
    ("days_until_arrival", 12.5, "Arrives in 12 days"),
    ("days_until_arrival", 0, "Arrives yesterday"),
    ("days_until_arrival", -2.5, "Arrives 3 days ago"),
    ("days_until_arrival", NOT_KNOWN, "Not known: arrival"),
    ("notes_message", 0.3, "Notes: mentions nothing that tells"),
    ("notes_message", NOT_KNOWN, "Has not said notes"),
    ("company_open_leads", 0, "No other leads are open (same company)"),
    ("company_open_leads", 1, "1 other lead is open (same company)"),
    ("company_won_leads", 1, "1 other lead was won (same company)"),
    ("company_lost_leads", 3, "3 other leads were lost (same company)"),
    ("company_lost_leads", NOT_KNOWN, "Not known: other leads of the same company"),
    ("days_since_company_lead", 3, "A colleague came in 3 days ago (same company)"),
    ("days_since_company_win", NOT_KNOWN, "No colleague's lead was won so far (same company)"),
    ("days_since_company_site_visit", 3, "Last visit on site of a colleague 3 days ago (same company)"),
    ("days_since_company_call", NOT_KNOWN, "No call of a colleague so far (same company)"),
    ("company_events_30d", 2, "2 events with colleagues in the last 30 days (same company)"),
    ("company_events_30d", NOT_KNOWN, "Not known: other leads of the same company"),
    ("company_lead_events_30d", 0, "Nothing heard from colleagues in the last 30 days (same company)"),
    ("company_lead_events_30d", 1, "Colleagues did something 1 time in the last 30 days (same company)"),
    ("call_count_30d", 0, "No call in the last 30 days"),
    ("call_count_30d", 1, "1 call in the last 30 days"),
    ("site_visit_count_ever", 0, "No visit on site so far"),
    ("site_visit_count_ever", 2, "2 visits on site so far"),
    ("lead_count_7d", 0, "Nothing heard from the lead in the last 7 days"),
    ("lead_count_7d", 1, "The lead did something 1 time in the last 7 days"),
    ("rep_count_ever", 0, "We have not reached out so far"),
    ("rep_count_ever", 3, "We reached out 3 times so far"),
    ("days_since_call", 1, "Last call 24 hours ago"),
    ("days_since_call", NOT_KNOWN, "No call so far"),
    ("days_since_lead", 90, "Last heard from the lead 13 weeks ago"),
    ("days_since_lead", NOT_KNOWN, "Nothing heard from the lead so far"),
    ("days_since_rep", 800, "We last reached out 2 years ago"),
    ("days_since_rep", NOT_KNOWN, "We have not reached out so far"),
    ("days_to_first_lead", 0.02, "The lead first got back after 29 minutes"),
    ("days_to_first_lead", NOT_KNOWN, "Nothing heard from the lead so far"),
    ("days_to_first_rep", 3, "We first reached out after 3 days"),
    ("days_to_first_rep", NOT_KNOWN, "We have not reached out so far"),
    ("lead_reply_hours", 1, "The lead replies within 1 hour"),
    ("lead_reply_hours", NOT_KNOWN, "The lead has not replied to us so far"),
    ("rep_reply_hours", 48, "We reply within 2 days"),
    ("rep_reply_hours", NOT_KNOWN, "We have not replied to the lead so far"),
    ("lead_spoke_last", 1, "The lead spoke last"),
    ("lead_spoke_last", 0, "We spoke last"),
    ("lead_spoke_last", NOT_KNOWN, "Nobody has spoken so far"),
    ("touches_since_lead", 0, "No attempt of ours is waiting for a reply"),
    ("touches_since_lead", 1, "No reply to our last attempt"),
    ("touches_since_lead", 4, "No reply to our last 4 attempts"),
    ("lead_active_days", 0, "The lead was active on 0 days"),
    ("lead_active_days", 1, "The lead was active on 1 day"),
    ("source_new_leads_30d", 1, "Leads from source “fair”: 1 new lead in the last 30 days"),
    ("everyone_new_leads_30d", 25, "All leads together: 25 new leads in the last 30 days"),
    ("source_lift_365d", 1.0, "Leads from source “fair” close about as often as others"),
    ("source_lift_365d", 2.04, "Leads from source “fair” close 2.0 times as often as others"),
    ("source_lift_365d", 0.5, "Leads from source “fair” close only 50 % as often as others"),
]


@pytest.mark.parametrize(("name", "value", "expected"), SENTENCES)
def test_a_feature_in_words(name: str, value: float, expected: str) -> None:
    assert sentence(FEATURES[name], situation({name: value})) == expected


RECORDS = [
    (
        "source_close_rate_90d",
        "fair",
        "Leads from source “fair”: of 20 decided in the last 90 days 4 were won, a year ago 5 of 10",
    ),
    (
        "source_close_rate_90d",
        "web",
        "Leads from source “web”: of only 3 decided in the last 90 days 2 were won",
    ),
    ("source_close_rate_90d", "new", "Leads from source “new”: none decided in the last 90 days"),
    (
        "source_close_rate_90d",
        "unheard of",
        "Leads from source “unheard of”: none decided in the last 90 days",
    ),
    (
        "source_close_rate_90d",
        None,
        "Leads whose source is not known: none decided in the last 90 days",
    ),
    # (4 + 2) of (20 + 3), and a year ago 5 of 10
    (
        "everyone_close_rate_90d",
        "fair",
        "All leads together: of 23 decided in the last 90 days 6 were won, a year ago 5 of 10",
    ),
    ("source_lift_365d", "web", "Leads from source “web”: of only 3 decided 2 were won"),
    ("source_lift_365d", "new", "Leads from source “new”: none decided yet"),
]


@pytest.mark.parametrize(("name", "source", "expected"), RECORDS)
def test_a_channel_is_said_from_its_books(name: str, source: str | None, expected: str) -> None:
    assert sentence(FEATURES[name], situation({name: 0.3}, source)) == expected


def test_books_that_were_closed_earlier_say_until_when() -> None:
    stale = replace(situation({"source_close_rate_90d": 0.3}), today=TODAY + 40)
    said = sentence(FEATURES["source_close_rate_90d"], stale)
    closed = to_datetime((TODAY - 1) * DAY)
    assert f"of 20 decided in the 90 days to {closed.day} {closed:%B %Y} 4 were won, a year ago 5 of 10" in said


def test_wins_that_were_recorded_long_after_their_leads_were_settled_make_no_share() -> None:
    late = replace(situation({"source_close_rate_90d": 0.3}), schema=SCHEMA)
    with patch.object(Situation, "tally", lambda *_: (6, 12)):
        assert (
            sentence(FEATURES["source_close_rate_90d"], late) == "Leads from source “fair”: 12 wins in the last 90 days"
        )


def test_a_category_that_is_not_the_answer_names_the_answer() -> None:
    known = situation({"use_is_nothing": 0, "use_is_own_software": 1, "use_is_other": 0})
    assert sentence(FEATURES["use_is_nothing"], known) == "Use: own software"


def test_every_measure_is_put_into_words() -> None:
    said = {FEATURES[name].measure for name, *_ in (*SENTENCES, *RECORDS)}
    assert said == set(get_args(Measure))


@pytest.mark.parametrize("feature", FEATURES.values(), ids=FEATURES)
def test_nothing_known_is_said_without_a_number_that_is_none(feature: Feature) -> None:
    values = {} if np.isnan(nothing(feature)) else {feature.name: nothing(feature)}
    said = sentence(feature, situation(values, None))
    assert not {"nan", "None"} & set(said.replace(":", " ").split())


def nothing(feature: Feature) -> float:
    """Return what the kernel gives where nothing is known: counts and marks are 0, all else NaN."""
    counts = (
        "answered",
        "answers_given",
        "count",
        "active_days",
        "unanswered_touches",
        "lead_age",
        "new_leads",
        "recent",
    )
    return 0.0 if feature.measure in counts else np.nan


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"budget_answered": 1, "budget": 1}, "Its budget: large"),
        ({"budget_answer_age": 30.0, "budget": 1}, "Its budget: large, said 30 days ago"),
        ({"seats_answer_age": 0.0, "seats": 7}, "Seats: 7, said just now"),
    ],
)
def test_an_answer_is_said_whichever_feature_says_most_of_it(values: dict[str, float], expected: str) -> None:
    assert sentence(FEATURES[next(iter(values))], situation(values)) == expected


def test_numbers_and_times_are_compared_with_what_is_typical() -> None:
    typical = {"seats": 40.0, "lead_reply_hours": 72.0}
    known = replace(situation({"seats": 7, "lead_reply_hours": 2.0}), typical=typical)
    assert sentence(FEATURES["seats"], known) == "Seats: 7; typical: 40"
    assert sentence(FEATURES["lead_reply_hours"], known) == "The lead replies within 2 hours; typical: 3 days"
