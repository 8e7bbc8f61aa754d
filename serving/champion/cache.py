"""The copies: the champions that have served here, each a folder of texts, and which of them serves now.

It stands between whoever talks to the registry and the workers, which only read it; it is also what the service lives on while the
registry is gone. A folder is named by its content and never changed, so that no reader finds one half written or mixed; one that was
damaged is replaced by what it should be.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Self, TypeVar

from pydantic import Field, ValidationError

from features.settings.folders import private_folder, sync_folder, write_whole
from features.settings.frozen import Frozen
from models.digest import digest_of

SERVING = "serving.json"
WATCH = "watch.json"
REFRESH = "refresh.json"
DRIFT = "drift.json"
SOURCES = "sources.json"
QUIET = "quiet.json"
UPKEEP = "upkeep.json"
FREE_SHARE = 0.1
"""Of a disk: below it the disk is called full soon."""
MAX_CHAMPIONS = 5
"""Champions that stay in the folder, the last ones put there."""


F = TypeVar("F", bound=Frozen)


class Refused(Frozen):
    """A version that was to serve and cannot."""

    version: str
    why: str


class CachedModel(Frozen):
    """A champion among the copies: the folder of its texts, and its name and version in the registry."""

    folder: str
    name: str
    version: str

    @classmethod
    def of(cls, name: str, version: str, texts: Mapping[str, str]) -> Self:
        """Return where a champion with these texts stands."""
        return cls(folder=f"{version}-{digest_of(texts)[:16]}", name=name, version=version)


class Watched(Frozen):
    """What was found out when the registry was last asked.

    Attributes
    ----------
    asked_at
        When it last answered, in seconds since 1970.
    trouble
        Why it does not answer; empty while it does.
    trying
        The version that is being loaded: if that is the last thing heard, the process ended over it.
    tries
        How often in a row that version was begun to be loaded.
    """

    asked_at: float = 0.0
    trouble: str = ""
    trying: str = ""
    tries: int = 0
    refused: Refused | None = None


class Refreshed(Frozen):
    """When the champion was last to be brought up to date with new outcomes, and what came of it.

    Attributes
    ----------
    tried_at, done_at
        In seconds since 1970; before the first time, when the service began to count. `done_at` also where nothing new had come in.
    trouble
        Why the last try failed; empty if it did not.
    is_under_way
        Whether the last try has not ended; or nobody has seen its end.
    """

    tried_at: float
    done_at: float
    trouble: str = ""
    is_under_way: bool = False


class Drifted(Frozen):
    """How far a feature of new leads is from what it was in training: 0 is "as it was"; and whether that is more than its usual ups and downs."""

    feature: str
    subject: str
    distance: float
    drifted: bool = False


class Promised(Frozen):
    """Leads that were scored between so many days ago: won so far over what was promised by now, as `models.accountability.promises` has it."""

    from_days: int
    until_days: int | None
    leads: int
    won: int
    expected: float
    ratio: float
    low: float
    high: float
    off: bool


class Drift(Frozen):
    """How far the inputs have moved, and whether promises hold; without features or promises where nothing can be said."""

    leads: int
    features: tuple[Drifted, ...] = ()
    promises: tuple[Promised, ...] = ()


class SourcesJudged(Frozen):
    """How many sources had each verdict when they were last judged, and which of them watch or alarm."""

    judged_at: float
    verdicts: dict[str, int]
    called: dict[str, str] = Field(default_factory=dict)


class QuietSource(Frozen):
    """A source from which no lead has come for longer than chance allows: since when (seconds since 1970), and how many were to be expected."""

    source: str
    since: float
    expected: float


class Quiet(Frozen):
    """Which sources were silent when that was last looked at, in seconds since 1970."""

    looked_at: float
    sources: tuple[QuietSource, ...] = ()


class Upkeep(Frozen):
    """What an operator has to do something about.

    Attributes
    ----------
    free
        The share of the disk that is free.
    unread
        By webhook how many messages of the last day break a rule of the settings.
    """

    free: float
    unread: dict[str, int] = Field(default_factory=dict)

    @property
    def is_disk_low(self) -> bool:
        """Whether so little of the disk is free that somebody has to make room."""
        return self.free < FREE_SHARE


@dataclass(frozen=True)
class Noted:
    """What the watch has found out beside the champion; None where it has not looked yet, or nobody watches."""

    refreshed: Refreshed | None = None
    drift: Drift | None = None
    sources: SourcesJudged | None = None
    quiet: Quiet | None = None
    refused: Refused | None = None
    upkeep: Upkeep | None = None


NOTHING_NOTED = Noted()


class ModelCache:
    """Champions in a folder.

    Parameters
    ----------
    folder
        Made when the first champion is put there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, version: str, texts: Mapping[str, str]) -> CachedModel:
        """Keep a champion's texts by file name, and let it serve."""
        kept = CachedModel.of(name, version, texts)
        place = self.place(kept)
        if not _holds(place, texts):
            private_folder(self.folder)
            stage = Path(mkdtemp(prefix=".", dir=self.folder))
            for file, text in texts.items():
                _write_through(stage / file, text)
            if place.is_dir():
                _take_away(place)
            sync_folder(stage)
            _name_once(stage, place)
            sync_folder(self.folder)
        place.touch()
        if self.serving() != kept:  # a full disk then keeps nobody from starting anew
            self._write(SERVING, kept)
        self._clear(kept)
        return kept

    def serving(self) -> CachedModel | None:
        """Return the champion that serves; None if none was ever put there."""
        return self._read(SERVING, CachedModel)

    def place(self, kept: CachedModel) -> Path:
        """Return the folder with a champion's texts."""
        return self.folder / kept.folder

    def places(self) -> list[Path]:
        """Return the folders of all champions here, the one put there last first."""
        folders = [place for place in self.folder.glob("[!.]*") if place.is_dir()]
        return sorted(folders, key=lambda place: place.stat().st_mtime, reverse=True)

    def note(self, watched: Watched) -> None:
        """Keep what was found out about the registry."""
        private_folder(self.folder)
        self._write(WATCH, watched)

    def watched(self) -> Watched:
        """Return what was last found out about the registry."""
        return self._read(WATCH, Watched) or Watched()

    def note_refresh(self, refreshed: Refreshed) -> None:
        """Keep when the champion was last refreshed."""
        private_folder(self.folder)
        self._write(REFRESH, refreshed)

    def refreshed(self) -> Refreshed | None:
        """Return when the champion was last refreshed; None if nobody has begun to count."""
        return self._read(REFRESH, Refreshed)

    def note_drift(self, drift: Drift) -> None:
        """Keep how far the inputs have moved."""
        private_folder(self.folder)
        self._write(DRIFT, drift)

    def drift(self) -> Drift | None:
        """Return how far the inputs had moved when that was last looked at; None if it never was."""
        return self._read(DRIFT, Drift)

    def note_sources(self, sources: SourcesJudged) -> None:
        """Keep how sources were last judged."""
        private_folder(self.folder)
        self._write(SOURCES, sources)

    def sources(self) -> SourcesJudged | None:
        """Return how sources were last judged; None if they never were."""
        return self._read(SOURCES, SourcesJudged)

    def note_quiet(self, quiet: Quiet) -> None:
        """Keep which sources are silent."""
        private_folder(self.folder)
        self._write(QUIET, quiet)

    def quiet(self) -> Quiet | None:
        """Return which sources were silent when that was last looked at; None if it never was."""
        return self._read(QUIET, Quiet)

    def note_upkeep(self, upkeep: Upkeep) -> None:
        """Keep what an operator has to do something about."""
        private_folder(self.folder)
        self._write(UPKEEP, upkeep)

    def upkeep(self) -> Upkeep | None:
        """Return what an operator had to do something about when that was last looked at; None if it never was."""
        return self._read(UPKEEP, Upkeep)

    def noted(self) -> Noted:
        """Return all of what the watch has noted."""
        refused, upkeep = self.watched().refused, self.upkeep()
        return Noted(self.refreshed(), self.drift(), self.sources(), self.quiet(), refused, upkeep)

    def _write(self, file: str, content: Frozen) -> None:
        write_whole(self.folder / file, content.model_dump_json())

    def _read(self, file: str, kind: type[F]) -> F | None:
        try:
            return kind.model_validate_json((self.folder / file).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def _clear(self, serving: CachedModel) -> None:
        folders = [place for place in self.folder.iterdir() if place.is_dir() and place.name != serving.folder]
        for old in sorted(folders, key=lambda place: place.stat().st_mtime, reverse=True)[MAX_CHAMPIONS - 1 :]:
            shutil.rmtree(old, ignore_errors=True)


def _holds(place: Path, texts: Mapping[str, str]) -> bool:
    """Return whether a folder holds these texts, to the byte."""
    try:
        return all((place / file).read_bytes() == text.encode() for file, text in texts.items())
    except OSError:
        return False


def _write_through(file: Path, text: str) -> None:
    """Write a text that is on disk before the folder gets its name."""
    with file.open("w", encoding="utf-8", newline="\n") as written:
        written.write(text)
        written.flush()
        os.fsync(written.fileno())


def _take_away(damaged: Path) -> None:
    """Free the name of a folder at once; a reader who has begun misses a file, and reads again."""
    aside = Path(mkdtemp(prefix=".", dir=damaged.parent))
    damaged.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def _name_once(stage: Path, place: Path) -> None:
    try:
        stage.rename(place)
    except OSError:
        if not place.is_dir():  # somebody else has just put the very same there
            raise
        shutil.rmtree(stage, ignore_errors=True)
