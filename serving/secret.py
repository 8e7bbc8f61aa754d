"""Secrets that the service keeps: each from the environment, or from a file that only the service may read."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class KeptSecret:
    """A secret, by the environment variable and the file that may hold it."""

    variable: str
    file: str

    def find(self, environment: Mapping[str, str], folder: Path) -> str:
        """Return the secret; its file is made where there is none."""
        if self.variable in environment:
            return environment[self.variable]
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / self.file
        try:
            with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as new:
                new.write(secrets.token_hex(32))
        except FileExistsError:
            pass
        return file.read_text(encoding="utf-8")


LOTS = KeptSecret("GLENGARRY_SECRET", "lots.secret")
"""By which lots are drawn: with another, other leads would be drawn. A Bento has none but that of its environment."""
SESSIONS = KeptSecret("GLENGARRY_SESSION_SECRET", "sessions.secret")
"""By which the sessions of the pages are signed: with another, everybody has to log in again."""
