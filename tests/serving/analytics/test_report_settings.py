"""What reports of the service go by: the settings file of its place, or the defaults."""

from pathlib import Path

import pytest

from serving.analytics.report_settings import ReportSettings, find_report_settings
from serving.settings.settings import SETTINGS_VARIABLE, SettingsError

FIELDS = '[fields.source]\nrole = "channel"\n'


def found(folder: Path, text: str) -> ReportSettings:
    file = folder / "glengarry.toml"
    file.write_text(FIELDS + text, encoding="utf-8")
    return find_report_settings({SETTINGS_VARIABLE: str(file)})


def test_without_a_settings_file_the_defaults_hold() -> None:
    assert find_report_settings({}) == ReportSettings()


def test_settings_and_the_table_of_spend_are_those_of_the_file(tmp_path: Path) -> None:
    yardstick = found(
        tmp_path, '[accountability]\nalarm = 0.01\n[accountability.costs.spend]\ntable = "ads"\nsource = "ads"\n'
    )
    assert yardstick.accountability.alarm == 0.01
    assert yardstick.spend is not None
    assert (yardstick.spend.source, yardstick.folder) == ("ads", tmp_path.resolve())


def test_a_table_of_spend_lies_beside_the_history_unless_it_says_where(tmp_path: Path) -> None:
    spend = '[accountability.costs.spend]\ntable = "ads"\n'
    beside = found(tmp_path, f'[history]\nsource = "exports"\n{spend}').spend
    assert beside is not None
    assert beside.source == "exports"
    for history in ("", '[history]\nsource = "store"\n'):
        with pytest.raises(SettingsError, match="must say where the table lies, as the store has none"):
            found(tmp_path, history + spend)


def test_costs_of_no_channel_and_columns_that_spend_has_not_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="'campaign' is no channel: use one of source"):
        found(tmp_path, '[accountability.costs]\nchannel = "campaign"\n')
    with pytest.raises(SettingsError, match="'cost' is not allowed here: use one of amount, month, value"):
        found(tmp_path, '[accountability.costs.spend]\ntable = "a"\nsource = "b"\ncolumns = { cost = "C" }\n')
