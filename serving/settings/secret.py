"""Secrets that the service keeps: each from the environment, or from a file that only the service may read."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from features.settings.folders import held, private_folder, write_whole


@dataclass(frozen=True)
class KeptSecret:
    """A secret, by the environment variable and the file that may hold it."""

    variable: str
    file: str

    def find(self, environment: Mapping[str, str], folder: Path) -> str:
        """Return the secret; its file is made where there is none.

        What is empty is no secret: a variable that was set to nothing counts as missing, a file that a full disk left behind is filled.
        """
        if environment.get(self.variable, "").strip():
            return environment[self.variable]
        with held(private_folder(folder)):
            file = folder / self.file
            if not file.exists() or not file.read_text(encoding="utf-8").strip():
                write_whole(file, secrets.token_hex(32))
            return file.read_text(encoding="utf-8")


EXPLORATION = KeptSecret("GLENGARRY_SECRET", "lots.secret")
"""By which lots are drawn: with another, other leads would be drawn. A Bento has none but that of its environment."""
SESSIONS = KeptSecret("GLENGARRY_SESSION_SECRET", "sessions.secret")
"""By which the sessions of the pages are signed: with another, everybody has to log in again."""
