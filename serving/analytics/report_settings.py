"""What the service's reports go by: the history that they judge, the settings of accountability, and where the table of spend lies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from features.settings.source import SpendSource
from models.accountability.settings import AccountabilitySettings
from serving.analytics.history import Origin
from serving.settings.settings import SETTINGS_VARIABLE, load_settings


@dataclass(frozen=True)
class ReportSettings:
    """Settings of accountability, the table of spend with the folder that it is looked for in (None without one), and the history."""

    accountability: AccountabilitySettings = field(default_factory=AccountabilitySettings)
    spend: SpendSource | None = None
    folder: Path = Path()
    origin: Origin = field(default_factory=Origin)


def find_report_settings(environment: Mapping[str, str]) -> ReportSettings:
    """Return what the settings file of this place says; the defaults and the store alone where there is none, as in a Bento.

    Raises
    ------
    SettingsError
        If the settings cannot be used.
    """
    if SETTINGS_VARIABLE not in environment:
        return ReportSettings()
    settings = load_settings(Path(environment[SETTINGS_VARIABLE]))
    return ReportSettings(settings.accountability, settings.spend, settings.folder, Origin.of(settings))
