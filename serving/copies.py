"""The copies: the champions that have served here, each a folder of texts, and which of them serves now.

It stands between whoever talks to the registry and the workers, which only read it; it is also what the service lives on while the
registry is gone. A folder is named by its content and never changed, so that no reader finds one half written or mixed.
"""

import json
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile, mkdtemp
from typing import Self, TypeVar

from pydantic import ValidationError

from features.settings import Frozen

SERVING = "serving.json"
WATCH = "watch.json"
REFRESH = "refresh.json"
DRIFT = "drift.json"
KEPT = 5
"""So many champions stay, the last ones put there."""


F = TypeVar("F", bound=Frozen)


class Refused(Frozen):
    """A version that was to serve and cannot."""

    version: str
    why: str


class Kept(Frozen):
    """A champion among the copies: the folder of its texts, and its name and version in the registry."""

    folder: str
    name: str
    version: str

    @classmethod
    def of(cls, name: str, version: str, texts: Mapping[str, str]) -> Self:
        """Return where a champion with these texts stands."""
        digest = sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()
        return cls(folder=f"{version}-{digest[:16]}", name=name, version=version)


class Watched(Frozen):
    """What was found out when the registry was last asked.

    Attributes
    ----------
    asked_at
        When it last answered, in seconds since 1970.
    trouble
        Why it does not answer; empty while it does.
    trying
        The version that is being loaded: if that is the last thing heard, it brought the process down.
    """

    asked_at: float = 0.0
    trouble: str = ""
    trying: str = ""
    refused: Refused | None = None


class Refreshed(Frozen):
    """When the champion was last to be brought up to date with new outcomes, and what came of it.

    Attributes
    ----------
    tried_at, done_at
        In seconds since 1970; before the first time, when the service began to count. `done_at` also where nothing new had come in.
    trouble
        Why the last try failed; empty if it did not.
    """

    tried_at: float
    done_at: float
    trouble: str = ""


class Drifted(Frozen):
    """How far a feature of new leads is from what it was in training: 0 is "as it was"."""

    feature: str
    subject: str
    distance: float


class Drift(Frozen):
    """How far the inputs have moved; without features where nothing can be said."""

    leads: int
    features: tuple[Drifted, ...] = ()


class Copies:
    """Champions in a folder.

    Parameters
    ----------
    folder
        Made when the first champion is put there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, version: str, texts: Mapping[str, str]) -> Kept:
        """Keep a champion's texts by file name, and let it serve."""
        kept = Kept.of(name, version, texts)
        if not (self.folder / kept.folder).is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            stage = Path(mkdtemp(prefix=".", dir=self.folder))
            for file, text in texts.items():
                (stage / file).write_text(text, encoding="utf-8", newline="\n")
            _name_once(stage, self.folder / kept.folder)
        (self.folder / kept.folder).touch()
        self._write(SERVING, kept)
        self._clear(kept)
        return kept

    def serving(self) -> Kept | None:
        """Return the champion that serves; None if none was ever put there."""
        return self._read(SERVING, Kept)

    def place(self, kept: Kept) -> Path:
        """Return the folder with a champion's texts."""
        return self.folder / kept.folder

    def note(self, watched: Watched) -> None:
        """Keep what was found out about the registry."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write(WATCH, watched)

    def watched(self) -> Watched:
        """Return what was last found out about the registry."""
        return self._read(WATCH, Watched) or Watched()

    def note_refresh(self, refreshed: Refreshed) -> None:
        """Keep when the champion was last refreshed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write(REFRESH, refreshed)

    def refreshed(self) -> Refreshed | None:
        """Return when the champion was last refreshed; None if nobody has begun to count."""
        return self._read(REFRESH, Refreshed)

    def note_drift(self, drift: Drift) -> None:
        """Keep how far the inputs have moved."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write(DRIFT, drift)

    def drift(self) -> Drift | None:
        """Return how far the inputs had moved when that was last looked at; None if it never was."""
        return self._read(DRIFT, Drift)

    def _write(self, file: str, content: Frozen) -> None:
        with NamedTemporaryFile("w", encoding="utf-8", dir=self.folder, prefix=".", delete=False) as written:
            written.write(content.model_dump_json())
        Path(written.name).replace(self.folder / file)

    def _read(self, file: str, kind: type[F]) -> F | None:
        try:
            return kind.model_validate_json((self.folder / file).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def _clear(self, serving: Kept) -> None:
        folders = [place for place in self.folder.iterdir() if place.is_dir() and place.name != serving.folder]
        for old in sorted(folders, key=lambda place: place.stat().st_mtime, reverse=True)[KEPT - 1 :]:
            shutil.rmtree(old, ignore_errors=True)


def _name_once(stage: Path, place: Path) -> None:
    try:
        stage.rename(place)
    except OSError:
        if not place.is_dir():  # somebody else has just put the very same there
            raise
        shutil.rmtree(stage, ignore_errors=True)
