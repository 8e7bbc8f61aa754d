"""The ladder's report: steps of the simulated company close in order, and nothing recorded later changes it."""

from dataclasses import replace

from features.records.clock import DAY
from features.settings.ladder import LadderSettings
from features.simulation import WorldSettings
from tests.models.company import SETTINGS, checked
from training.samples.ladder import ladder_report

LARGER = WorldSettings(leads=4000, seed=11)


def test_steps_of_the_simulated_company_close_in_order() -> None:
    report = ladder_report(checked(LARGER).history, SETTINGS)
    found = [rate.rate or 0.0 for rate in report.rates]

    assert found == sorted(found)
    assert report.order != "wrong"
    assert report.undefined == ()


def test_ladder_turned_upside_down_is_reported_as_wrong() -> None:
    history = checked(LARGER).history
    good = history.schema.ladder
    bad = LadderSettings(
        target=good.suspect,
        suspect=({"any_of": [{"field": "budget", "values": ["none"]}]},),  # type: ignore[arg-type]
        prospect=({"any_of": [{"field": "budget", "values": ["none"]}]},),  # type: ignore[arg-type]
    )
    report = ladder_report(replace(history, schema=history.schema.model_copy(update={"ladder": bad})), SETTINGS)

    assert report.order == "wrong"


def test_later_records_do_not_change_the_report() -> None:
    history = checked().history
    then = history.known_until - 200 * DAY

    assert ladder_report(history, SETTINGS, then) == ladder_report(history.as_known_at(then), SETTINGS)
