"""What the service's reports go by: the settings of accountability, and where the table of spend lies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from features.settings import SpendSource
from models.accountability.settings import AccountabilitySettings
from serving.settings import SETTINGS_VARIABLE, load_settings


@dataclass(frozen=True)
class Yardstick:
    """Settings of accountability, and the table of spend with the folder that it is looked for in; None without one."""

    accountability: AccountabilitySettings = field(default_factory=AccountabilitySettings)
    spend: SpendSource | None = None
    folder: Path = Path()


def find_yardstick(environment: Mapping[str, str]) -> Yardstick:
    """Return what the settings file of this place says; the defaults where there is none, as in a Bento.

    Raises
    ------
    SettingsError
        If the settings cannot be used.
    """
    if SETTINGS_VARIABLE not in environment:
        return Yardstick()
    settings = load_settings(Path(environment[SETTINGS_VARIABLE]))
    return Yardstick(settings.accountability, settings.spend, settings.folder)
