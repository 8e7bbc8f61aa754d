"""Where a worker finds the store, older models and the secret of sessions: as the environment says, or else the settings file."""

import os
import secrets
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path

from models.registry import Registry
from serving.champion.champion import Champion
from serving.champion.finding import BUNDLED
from serving.champion.versions import from_registry
from serving.settings.secret import EXPLORATION, SESSIONS
from serving.settings.settings import DEFAULT_FILE, SETTINGS_VARIABLE, STORE_VARIABLE, load_settings
from serving.store.engine import StoreAddressError
from serving.store.store import Store, open_store


def load_version(version: str) -> Champion:
    """Load a version of the model from the registry that the settings file of this place names.

    Raises
    ------
    SettingsError
        If there is no such file, as in a Bento.
    NoModelError, RegistryError
        If the version is not to be had.
    """
    settings = load_settings(Path(os.environ.get(SETTINGS_VARIABLE, DEFAULT_FILE)))
    return from_registry(settings, EXPLORATION.find(os.environ, settings.var))(version)


def find_registry(environment: Mapping[str, str], bundled: Path = BUNDLED) -> Callable[[], Registry] | None:
    """Return what finds the registry of this place; None in a Bento without settings, which has its model inside."""
    if bundled.is_dir() and SETTINGS_VARIABLE not in environment:
        return None

    def find() -> Registry:
        settings = load_settings(Path(environment.get(SETTINGS_VARIABLE, DEFAULT_FILE)))
        return Registry(settings.registry, settings.var)

    return find


def find_store(environment: Mapping[str, str], bundled: Path = BUNDLED) -> Store:
    """Open the store of this place, brought to the schema of this version.

    A relative path is taken from the folder of the settings file, as by commands; without such a file, from the working folder.

    Raises
    ------
    StoreAddressError
        If nothing says where it is.
    StoreSchemaError
        If a newer version of the code has written it.
    StoreError
        If it cannot be reached.
    SettingsError
        If the settings cannot be used.
    """
    if STORE_VARIABLE in environment:
        return open_store(environment[STORE_VARIABLE], Path(environment.get(SETTINGS_VARIABLE, DEFAULT_FILE)).parent)
    if bundled.is_dir() and SETTINGS_VARIABLE not in environment:
        raise StoreAddressError(
            f"A Bento must be told where the store is, got no {STORE_VARIABLE}: set it to a URL such as sqlite:////srv/leads.db."
        )
    settings = load_settings(Path(environment.get(SETTINGS_VARIABLE, DEFAULT_FILE)))
    return open_store(settings.store_url, settings.folder)


def provide_session_secret(environment: MutableMapping[str, str]) -> None:
    """Name to the workers the secret by which they sign sessions; without a settings file it is good until the service ends.

    Raises
    ------
    SettingsError
        If the settings cannot be used.
    """
    if SETTINGS_VARIABLE in environment:
        environment[SESSIONS.variable] = SESSIONS.find(
            environment, load_settings(Path(environment[SETTINGS_VARIABLE])).var
        )
    elif not environment.get(SESSIONS.variable, "").strip():
        environment[SESSIONS.variable] = secrets.token_hex(32)
