"""Every rule of the settings by its message, and every derived fact by its effect."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from pydantic import ValidationError

from features.matrix.matrix import catalogue, feature_matrix
from features.matrix.target_sums import fit_target_statistics
from features.records.history import Events, History, Leads, Moments, Outcomes
from features.settings.fields import EventKind, LeadField
from features.settings.frozen import Frozen
from features.settings.mapping import check_mapping, fitting, latest
from features.settings.schema import RESERVED_SUBJECTS, LeadSchema, TrackRecordSettings
from features.settings.source import HistorySource
from tests.features.conftest import SCHEMA

ANSWER = {"role": "answer", "obstacle": "need", "values": ["a", "b"]}

DATE = {"role": "context", "type": "date"}
NUMBER = {"role": "answer", "obstacle": "money", "type": "number"}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({**ANSWER, "obstacle": None}, "obstacle is missing: say which of need, money, hurry, desire, trust, source"),
        ({"role": "profile", "admitted": True, "values": ["a"]}, "obstacle is missing"),
        ({"role": "channel", "type": "number"}, "type must be 'category' for a channel, got 'number'"),
        ({**ANSWER, "values": []}, "values is missing: list the answers that a category may have"),
        ({**ANSWER, "values": ["a", "a"]}, r"values must differ from each other, got \['a', 'a'\]"),
        ({**ANSWER, "values": ["a", "other"], "others": True}, "values may not hold 'other' beside others = true"),
        ({**ANSWER, "type": "flag"}, "values are for categories, got type 'flag'"),
        ({**ANSWER, "minimum": 0}, "minimum and maximum are for numbers, got type 'category'"),
        ({**NUMBER, "minimum": 5, "maximum": 4}, "minimum must be <= maximum, got 5 and 4"),
        ({**NUMBER, "maximum": float("inf")}, "Input should be a finite number"),
        ({**NUMBER, "minimum": float("nan")}, "Input should be a finite number"),
        ({"role": "channel", "direction": "up", "ordered": True}, "direction is not for channels"),
        ({**ANSWER, "direction": "up"}, "direction needs ordered = true: only ordered values have an up and a down"),
        ({"role": "late", "admitted": True}, "admitted is for profile and context fields, got role 'late'"),
        ({**ANSWER, "admitted": True}, "admitted is for profile and context fields, got role 'answer'"),
        ({"role": "rep"}, "Input should be 'answer', 'channel', 'profile', 'context', 'contact', 'account' or 'late'"),
        ({"role": "contact", "type": "number"}, "type must be 'text' for a contact, got 'number'"),
        ({"role": "account", "type": "number"}, "type must be 'text' for an account, got 'number'"),
        ({"role": "contact", "values": ["a"]}, "values are for categories, got type 'text'"),
        (
            {"role": "contact", "admitted": True, "obstacle": "need"},
            "admitted is for profile and context fields, got role 'contact'",
        ),
        ({**ANSWER, "type": "money"}, "Input should be 'category', 'number', 'flag', 'date' or 'text'"),
        ({**ANSWER, "valeus": ["a"]}, "Extra inputs are not permitted"),
        ({**ANSWER, "sentence": "They said yes."}, r"sentence must hold \{value\}, got 'They said yes.'"),
    ],
)
def test_field_that_breaks_a_rule_is_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        LeadField.model_validate(keys)


@pytest.mark.parametrize(
    "keys",
    [
        {**ANSWER, "ordered": True, "direction": "up"},
        {"role": "answer", "obstacle": "need", "type": "number", "direction": "down"},
        {"role": "profile"},
        {**NUMBER, "minimum": 4, "maximum": 4},
        {**ANSWER, "values": ["a", "other"]},
        {"role": "context", "type": "number", "obstacle": "money", "admitted": True},
        {"role": "late", "values": ["a", "a"], "direction": "up"},  # never looked at
    ],
)
def test_field_that_keeps_the_rules_is_taken(keys: dict[str, Any]) -> None:
    assert LeadField.model_validate(keys).role == keys["role"]


@pytest.mark.parametrize(
    ("keys", "is_feature"),
    [
        (ANSWER, True),
        ({"role": "channel"}, True),
        ({"role": "profile"}, False),
        ({"role": "profile", "type": "number", "obstacle": "need", "admitted": True}, True),
        ({"role": "late"}, False),
    ],
)
def test_model_sees_answers_channels_and_what_is_admitted(keys: dict[str, Any], is_feature: bool) -> None:
    assert LeadField.model_validate(keys).is_feature == is_feature


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"kinds": {"size": {"obstacle": "need"}}}, "a name must be a field or a kind, not both: size"),
        ({"fields": {"won": ANSWER}}, "fields may not have the name of a column of the three tables: won"),
        ({"fields": {"as_of": ANSWER, "events": ANSWER}}, "of a column of the three tables: as_of, events"),
        ({"fields": {"rep": ANSWER}}, "may not be called what features speak of: rep"),
        ({"kinds": {"lead": {"obstacle": "need"}}}, "may not be called what features speak of: lead"),
        ({"horizon_days": True}, "should be a valid integer"),
        ({"fields": {"Team Size": ANSWER}}, "String should match pattern"),
        ({"fields": {"x" * 61: ANSWER}}, "String should have at most 60 characters"),
        ({"lookback_days": [30, 7]}, r"must rise without repeats, got \[30, 7\]"),
        ({"lookback_days": [7, 7]}, r"must rise without repeats, got \[7, 7\]"),
        ({"lookback_days": [0]}, "greater than or equal to 1"),
        ({"horizon_days": 3651}, "less than or equal to 3650"),
        ({"track_record": {"days": []}}, "at least 1 item"),
        ({"track_record": {"days": [90, 30]}}, r"must rise without repeats, got \[90, 30\]"),
        ({"track_record": {"prior_leads": 0}}, "greater than 0"),
        ({"track_record": {"prior_won": 0}}, "greater than 0"),
        ({"time_zone": "Berlin"}, "must be an IANA time zone such as 'Europe/Berlin', got 'Berlin'"),
        ({"time_zone": "../etc"}, "must be an IANA time zone"),
        ({"horizon": 90}, "Extra inputs are not permitted"),
        ({"kinds": {"call": {}}}, "obstacle\n  Field required"),
        (
            {"fields": {"a": {"role": "account"}, "b": {"role": "account"}}},
            "one field may have role .account., got a, b",
        ),
        ({"decided_by": "arrival"}, r"known when a lead comes in \(there is none\), got 'arrival': describe it under"),
        ({"decided_by": "size", "fields": {"size": ANSWER, "day": DATE}}, r"of type 'date' .* \(day\), got 'size'"),
        ({"decided_by": "day", "fields": {"day": {**DATE, "role": "late"}}}, "got 'day'"),
    ],
)
def test_schema_that_breaks_a_rule_is_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        LeadSchema.model_validate({"fields": {"size": ANSWER}, **keys})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"time_zone": "UTC"}, "Extra inputs are not permitted"),  # it travels with the model
        ({"missing": ["-"]}, "Extra inputs are not permitted"),
        ({"encoding": "utf-9"}, "must be an encoding of texts such as 'utf-8' or 'cp1252', got 'utf-9'"),
        ({"encoding": "hex"}, "must be an encoding of texts"),
        ({"time_format": "%Y %Z"}, "may not have %Z, got '%Y %Z': use %z"),
        ({"delimiter": ",,"}, "at most 1 character"),
        ({"delimiter": ""}, "at least 1 character"),
        ({"exported_at": "2026-01-01T00:00:00"}, "should have timezone info"),
        ({"leads": {"columns": {}}}, "leads.table\n  Field required"),
    ],
)
def test_source_that_breaks_a_rule_is_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        HistorySource.model_validate({"source": ".", **keys})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"leads": {"table": "l", "columns": {"size": "n"}}},
            r"history\.leads\.columns: 'size' is not allowed here: use",
        ),
        ({"outcomes": {"table": "o", "columns": {"kind": "n"}}}, r"history\.outcomes\.columns: 'kind' is not allowed"),
        ({"events": {"table": "e", "columns": {"budget": "n"}}}, r"history\.events\.columns: 'budget' is not allowed"),
        (
            {"events": {"table": "e", "kinds": {"Fax": "fax"}}},
            r"history\.events\.kinds: 'fax' is not allowed here: use one of budget, call, employees, visit\.",
        ),
    ],
)
def test_mapping_of_what_is_not_there_is_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_mapping(HistorySource.model_validate({"source": ".", **keys}), SCHEMA)


def test_a_mapping_is_made_to_fit_the_settings_of_an_earlier_training() -> None:
    field, kind = next(iter(SCHEMA.fields)), next(iter(SCHEMA.kinds))
    now = {
        "source": ".",
        "leads": {"table": "leads", "columns": {"lead_id": "Id", field: "Known", "added_since": "New"}},
        "events": {"table": "events", "kinds": {"Known": kind, "New": "added_since"}, "ignore": ["Task"]},
    }
    then = fitting(HistorySource.model_validate(now), SCHEMA)
    check_mapping(then, SCHEMA)
    assert then.leads.columns == {"lead_id": "Id", field: "Known"}
    assert (then.events[0].kinds, then.events[0].ignore) == ({"Known": kind}, ("Task", "New"))
    assert fitting(then.model_copy(update={"events": ()}), SCHEMA).events == ()


def test_every_subject_of_a_feature_that_is_no_field_and_no_kind_is_reserved() -> None:
    schema = LeadSchema.model_validate({**SCHEMA.model_dump(), "lookback_days": [7]})
    subjects = {feature.subject for feature in catalogue(schema)} - schema.fields.keys() - schema.kinds.keys()
    assert subjects <= RESERVED_SUBJECTS


def test_errors_of_settings_hide_what_was_given() -> None:
    with pytest.raises(ValidationError) as refused:
        HistorySource.model_validate({"sourc": "postgresql://crm:hush@db/leads"})
    assert "hush" not in str(refused.value)


def test_settings_do_not_change() -> None:
    for settings in (SCHEMA, SCHEMA.fields["source"], TrackRecordSettings(), EventKind(obstacle="need")):
        assert isinstance(settings, Frozen)
        with pytest.raises(ValidationError, match="frozen"):
            setattr(settings, next(iter(type(settings).model_fields)), None)


def test_settings_that_are_equal_hash_alike_whatever_the_order_of_their_keys() -> None:
    values = {"role": "answer", "obstacle": "need", "values": ("a", "b")}
    one = LeadField.model_validate({**values, "was": {"a": ("A1",), "b": ("B1",)}})
    other = LeadField.model_validate({**values, "was": {"b": ("B1",), "a": ("A1",)}})
    plain = LeadField.model_validate(values)
    assert one == other
    assert len({one, other, plain}) == 2
    sources = [HistorySource.model_validate({"source": "x", "leads": {"table": name}}) for name in ("l", "l", "m")]
    assert len({*sources}) == 2


def test_fields_are_found_by_role() -> None:
    assert list(SCHEMA.answers) == ["employees", "budget"]
    assert list(SCHEMA.channels) == ["source"]
    assert list(SCHEMA.encoded) == ["employees", "budget"]
    assert list(SCHEMA.by_role("late", "channel")) == ["source", "notes"]
    assert SCHEMA.event_codes == {"call": 0, "visit": 1, "employees": 2, "budget": 3}
    assert SCHEMA.horizon == timedelta(days=90)


def test_schema_survives_its_json() -> None:
    told = LeadSchema(missing=("-",), time_zone="Europe/Berlin", fields=SCHEMA.fields)
    for schema in (SCHEMA, told):
        assert LeadSchema.model_validate_json(schema.model_dump_json()) == schema


def test_words_for_not_known_hold_for_every_field_beside_its_own() -> None:
    fields = {"size": LeadField(role="profile", missing=("?", "-")), "source": LeadField(role="channel")}
    schema = LeadSchema(missing=("n/a", "-"), fields=fields)
    assert schema.fields["size"].missing == ("n/a", "-", "?")
    assert schema.fields["source"].missing == schema.number.missing == ("n/a", "-")


def test_zone_is_that_of_the_name() -> None:
    assert LeadSchema(time_zone="Europe/Berlin").zone == ZoneInfo("Europe/Berlin")


def test_leads_of_whom_only_the_day_is_known_still_have_features() -> None:
    schema = LeadSchema()
    leads = Leads(np.array(["L1"], np.object_), np.array([0]), {}, {})
    history = History(schema, leads, Events.none(), Outcomes.none(), 86_400_000_000)
    moments = Moments(np.array([0], np.int32), np.array([86_400_000_000]))

    matrix = feature_matrix(history, moments, fit_target_statistics(history))

    columns = dict(zip([feature.name for feature in catalogue(schema)], matrix[0].tolist(), strict=True))
    assert columns["lead_age"] == 1
    assert {"everyone_close_rate_30d", "everyone_new_leads_30d"} <= columns.keys()


@pytest.mark.parametrize(
    ("source", "is_database"), [("sqlite:///crm.db", True), ("postgresql://crm", True), ("exports/2026", False)]
)
def test_source_with_a_scheme_is_a_database(source: str, is_database: bool) -> None:
    assert HistorySource(source=source).is_database == is_database


def test_export_ends_when_it_was_made_or_now() -> None:
    now, made = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)

    assert latest(HistorySource(source="."), now) == now
    assert latest(HistorySource(source=".", exported_at=made), now) == made


def test_contact_is_text_and_no_part_of_what_is_learned() -> None:
    plain = LeadSchema(fields={"need": LeadField(role="answer", obstacle="need", type="flag")})
    both = LeadSchema(fields={"name": LeadField(role="contact"), **plain.fields})

    assert both.fields["name"].type == "text"
    assert list(both.contacts) == ["name"]
    assert catalogue(both) == catalogue(plain)
    assert both.encoded == plain.encoded
    assert LeadSchema.model_validate_json(both.model_dump_json()) == both


def test_examples_of_exports_are_read_as_they_stand() -> None:
    page = Path(__file__).parents[3].joinpath("docs", "reference", "settings.md").read_text(encoding="utf-8")
    history, field = (tomllib.loads(block) for block in re.findall(r"```text\n(.*?)```", page, re.DOTALL))
    schema = LeadSchema.model_validate(
        {"fields": {**field["fields"], "seats": ANSWER}, "kinds": {"call": {"obstacle": "need"}}}
    )

    source = HistorySource.model_validate(history["history"])

    assert source.leads.first_of["created_at"] == ("Received", "Entered")
    assert source.outcomes[0].won_when[0]["IsClosed"].values == ("true",)
    assert schema.fields["budget"].place_of("Small") == 1
    check_mapping(source, schema)
