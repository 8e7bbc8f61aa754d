"""Where a worker finds the model that answers.

Where there is a settings file, the registry is asked before the workers start, and they find its champion as last good
copies (`serving.champion.cache`); if the registry cannot be reached, the last one there serves. A Bento without settings has its champion in a
folder beside the code.
"""

import gc
import logging
import math
import os
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile

from features.records.clock import to_datetime
from models.close.model import MODEL_FILES, CloseModel
from models.digest import refuse_damaged, text_of
from models.registry import Registry
from models.registry.artifacts import ARTIFACT_FILES, Artifacts
from serving.champion.cache import ModelCache
from serving.champion.champion import DEPLOYMENT, DIGEST, Champion, Deployment
from serving.schemas.score import Problem
from serving.settings.secret import EXPLORATION
from serving.settings.settings import (
    DEFAULT_FILE,
    SETTINGS_VARIABLE,
    Settings,
    SettingsError,
    load_settings,
)
from serving.telemetry.logs import configure

log = logging.getLogger("glengarry")

FOLDER_VARIABLE = "GLENGARRY_CHAMPION"
"""Environment variable that names a folder with the champion's text files, which then serves for good."""
COPIES_VARIABLE = "GLENGARRY_COPIES"
"""Environment variable that names the copies to the workers."""
BUNDLED = Path(__file__).parents[2] / "champion"
"""The champion's folder in a Bento; a checkout has none."""


class NoChampionError(LookupError):
    """There is no model to answer with."""


class BrokenChampionError(ValueError):
    """A model that does not score as it should."""


def from_folder(folder: Path) -> Champion:
    """Read a champion from the text files that `keep` wrote.

    Raises
    ------
    NoChampionError
        If a file is missing, was damaged, or does not fit this version of the code.
    """
    try:
        beside = [name for name in ARTIFACT_FILES if (folder / name).exists()]
        texts = {name: text_of(folder / name) for name in (*MODEL_FILES, DEPLOYMENT, *beside)}
        if (folder / DIGEST).exists():  # a Bento of an earlier version has none
            refuse_damaged(f"The champion in {folder}", texts, text_of(folder / DIGEST))
        deployment = Deployment.model_validate_json(texts[DEPLOYMENT])
        return Champion(CloseModel.from_texts(texts), deployment, Artifacts.from_texts(texts))
    except (OSError, ValueError, KeyError) as error:
        raise NoChampionError(f"{folder} must hold a champion, got {error!r}: serve or build anew.") from error


def from_registry(settings: Settings) -> Champion:
    """Load the champion that the registry names.

    Raises
    ------
    NoModelError
        If there is none.
    RegistryError
        If the registry cannot be reached.
    ValueError
        If it was made for other features than this version of Glengarry computes, or cannot be read.
    """
    registry = Registry(settings.registry, settings.var)
    try:
        loaded = registry.load()
    except (LookupError, ValueError, OSError):
        raise
    except Exception as error:
        raise BrokenChampionError(
            f"The champion of {settings.registry.model!r} must be readable, got {error!r}: promote another version."
        ) from error
    return Champion(loaded.model, Deployment.of(settings, loaded.version), loaded.beside)


def keep(champion: Champion, folder: Path) -> None:
    """Write a champion's text files; a reader never sees half a file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in champion.to_texts().items():
        with NamedTemporaryFile("w", encoding="utf-8", newline="\n", dir=folder, delete=False) as file:
            file.write(text)
        Path(file.name).replace(folder / name)


def checked(champion: Champion) -> Champion:
    """Return a champion that scores as it should: a lead of which nothing is known gets a probability whose reasons add up.

    Raises
    ------
    BrokenChampionError
        If it does not.
    """
    now = to_datetime(champion.model.trained_until)
    try:
        (scored,) = champion.score([{"fields": {}}], now)
    except Exception as error:  # a model can be broken in any way
        raise BrokenChampionError(_broken(champion, repr(error))) from error
    if isinstance(scored, Problem):
        raise BrokenChampionError(_broken(champion, scored.detail))
    reasons = (*scored.reasons.for_, *scored.reasons.against)
    total = scored.base_value + sum(reason.contribution for reason in reasons)
    if not math.isclose(total, scored.margin, rel_tol=0, abs_tol=1e-9):
        raise BrokenChampionError(_broken(champion, f"reasons that add up to {total}, not to {scored.margin}"))
    return champion


def _broken(champion: Champion, got: str) -> str:
    version = champion.deployment.version
    return f"Version {version} must score a lead of which nothing is known, got {got[:300]}: promote another version."


def find_champion(environment: Mapping[str, str], bundled: Path = BUNDLED) -> Champion:
    """Load the champion of this place: from the folder that is named, from the copies, from the Bento, or from the registry.

    Raises
    ------
    LookupError, ValueError, OSError
        If there is none, the settings cannot be used, or the registry cannot be reached.
    """
    if FOLDER_VARIABLE in environment:
        return from_folder(Path(environment[FOLDER_VARIABLE]))
    if COPIES_VARIABLE in environment:
        return _from_whole_copies(environment)
    if SETTINGS_VARIABLE not in environment and bundled.is_dir():
        return from_folder(bundled)
    return from_registry(_settings(environment))


def from_copies(copies: ModelCache) -> Champion:
    """Read the champion that serves from the copies.

    Raises
    ------
    NoChampionError
        If there is none, or it does not fit this version of the code.
    """
    kept = copies.serving()
    if kept is None:
        raise NoChampionError(f"{copies.folder} must hold a champion, got none: start with `glengarry serve`.")
    return from_folder(copies.place(kept))


def _from_whole_copies(environment: Mapping[str, str]) -> Champion:
    """Read the champion that serves; a copy that was damaged while the service ran is made anew, or the last good one serves."""
    copies = ModelCache(Path(environment[COPIES_VARIABLE]))
    try:
        return from_copies(copies)
    except NoChampionError as damage:
        log.error("the copy of the champion is made anew, because: %s", damage)
        try:
            settings = _settings(environment)
        except SettingsError:
            raise damage from None
        champion = _whole(settings, copies)
    put(champion, copies)
    return champion


def differing_from_champion(settings: Settings) -> list[str]:
    """Return where these settings and the model that last served differ, in sentences; nothing where none has."""
    try:
        return from_copies(ModelCache(settings.copies)).under(settings).differences
    except NoChampionError:
        return []


def provide_champion(environment: MutableMapping[str, str], bundled: Path = BUNDLED) -> Champion:
    """Find the champion before workers start, and put a registry's among the copies that the environment names to them.

    So the registry is asked once, not by each worker, and what keeps a worker from starting is said before. If the registry cannot be
    reached, or its champion is broken, the last good one serves: that of the copies, or else that of the Bento.
    """
    named = FOLDER_VARIABLE in environment or COPIES_VARIABLE in environment
    if named or (SETTINGS_VARIABLE not in environment and bundled.is_dir()):
        return find_champion(environment, bundled)
    settings = _settings(environment)
    copies = ModelCache(settings.copies)
    champion = _whole(settings, copies, bundled)
    put(champion, copies)
    environment[COPIES_VARIABLE] = str(copies.folder)
    environment[EXPLORATION.variable] = EXPLORATION.find(environment, settings.var)
    return champion


def put(champion: Champion, copies: ModelCache) -> None:
    """Let a champion serve from the copies."""
    copies.put(champion.deployment.name, champion.deployment.version, champion.to_texts())


def _whole(settings: Settings, copies: ModelCache, bundled: Path = BUNDLED) -> Champion:
    """Return the registry's champion; if it cannot be reached or is broken, the last good one."""
    try:
        return checked(from_registry(settings))
    except (LookupError, ValueError, OSError) as error:
        champion = _last_good(settings, copies, bundled)
        if champion is None:
            raise
        log.error("version %s serves, the last good one, because: %s", champion.deployment.version, error)
        return champion.under(settings)


def _last_good(settings: Settings, copies: ModelCache, bundled: Path) -> Champion | None:
    """Return the champion that served last and is whole: of the copies, or else of the Bento."""
    serving = copies.serving()
    folders = [] if serving is None else [copies.place(serving)]
    for folder in (*folders, *copies.places()):
        with suppress(NoChampionError):
            champion = from_folder(folder)
            if champion.deployment.name == settings.registry.model:
                return champion
    return from_folder(bundled) if bundled.is_dir() else None


def start_worker() -> Champion:
    """Load the champion for the life of a worker, and spare it the long pauses of the garbage collector.

    What stands after the start stays: the collector need not walk over it again and again, which took up to 200 ms.
    """
    champion = replace(find_champion(os.environ), secret=os.environ.get(EXPLORATION.variable, ""))
    configure(champion.limits.log)
    tell_differences(champion)
    settle()
    return champion


def tell_differences(champion: Champion) -> None:
    """Write into the log where the settings of today and the model differ."""
    for sentence in champion.differences:
        log.warning("settings and model differ: %s", sentence)


def settle() -> None:
    """Take what stands by now from the garbage collector's rounds."""
    gc.collect()
    gc.freeze()


def _settings(environment: Mapping[str, str]) -> Settings:
    return load_settings(Path(environment.get(SETTINGS_VARIABLE, DEFAULT_FILE)))
