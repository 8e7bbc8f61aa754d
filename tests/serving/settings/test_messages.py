"""Who is sent messages, of what, and when: what cannot be meant is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from serving.settings.messages import MessageSettings
from serving.settings.outbox import OutboxSettings

ANN: dict[str, Any] = {"name": "ann", "role": "manager", "url_variable": "ANN_URL"}
REP = {"role": "rep", "rep": "R7"}
ALL_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def settings(**given: Any) -> MessageSettings:
    return MessageSettings.model_validate(ANN | given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"role": "rep"}, "name the rep whose leads they are"),
        ({"rep": "R7"}, "goes with role"),
        (REP | {"kinds": ["version.refused"]}, "must be of leads, got 'version.refused'"),
        ({"quiet_from": "19:00"}, "name both, or none"),
        ({"quiet_from": "19:00", "quiet_until": "19:00"}, "name both, or none"),
        ({"quiet_days": ALL_DAYS}, "must leave a day"),
        ({"when": "digest", "quiet_from": "07:00", "quiet_until": "09:00"}, "nothing would ever be sent"),
        ({"digest_at": ["08:00+02:00"]}, "without a zone"),
        ({"time_zone": "Europe/Glengarry"}, "must be an IANA time zone"),
        ({"most_a_day": 0}, "greater than or equal to 1"),
        ({"url_variable": "mailto://ann:secret@example.com"}, "should match pattern"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message) as refused:
        settings(**given)
    assert "secret" not in str(refused.value)


def test_role_says_what_somebody_is_told_unless_they_ask_for_other_kinds() -> None:
    assert settings().wants == {"week.began", "source.judged", "intake.quiet", "test"}
    assert settings(**REP).wants == {"lead.call_due", "lead.waits", "test"}
    assert settings(kinds=["lead.moved"]).wants == {"lead.moved", "test"}


def test_nobody_has_the_name_of_a_target() -> None:
    target = {"name": "ann", "url": "https://hooks.example.com/", "secret": "HOOK"}
    with pytest.raises(ValidationError, match="names of targets and messages must differ, got ann, ann"):
        OutboxSettings.model_validate({"targets": [target], "messages": [ANN]})
