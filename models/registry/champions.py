"""Who served when, why, and by whose word: the changes of the champion, and what came before it.

The champions that stand are a stack. A promotion puts one on top; a refresh is the same model with newer outcomes and takes the place of
the top; a rollback takes away as many as it goes back. So "the previous champion" is the last refresh of the model before, and
going back twice never returns to what was left.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from features.settings.redaction import redacted

Kind = Literal["first", "promoted", "overruled", "refreshed", "rolled back", "set"]
TAG = "champion/"
"""Tags of a version that start so are its changes, numbered through all versions."""


class NoEarlierChampionError(LookupError):
    """There are not so many champions to go back to."""


class ChampionChangedError(ValueError):
    """Another version serves than the one that a decision was about."""


@dataclass(frozen=True)
class Cause:
    """Why a version is made champion.

    Attributes
    ----------
    kind
        `first`: there was none; `promoted`: it passed the gate; `overruled`: somebody let it serve in spite of the gate;
        `refreshed`: the champion with newer outcomes; `rolled back`: an earlier champion again; `set`: none of these.
    at
        None where nobody said.
    by, reason
        Who, and why, in their words.
    steps
        How far a rollback went back.
    """

    kind: Kind
    at: datetime | None = None
    by: str = ""
    reason: str = ""
    steps: int = 0


@dataclass(frozen=True)
class ChampionChange:
    """The champion changed from one version to another; `number` counts all changes."""

    number: int
    version: str
    previous: str | None
    cause: Cause

    @property
    def tag(self) -> tuple[str, str]:
        """Name and content of the tag that keeps it."""
        at = self.cause.at.isoformat() if self.cause.at else None
        said = {"by": redacted(self.cause.by), "reason": redacted(self.cause.reason)}
        content = asdict(self.cause) | {"at": at, "previous": self.previous} | said
        return f"{TAG}{self.number:06d}", json.dumps(content, ensure_ascii=False)


def changes_of(tags_by_version: Mapping[str, Mapping[str, str]]) -> tuple[ChampionChange, ...]:
    """Return the changes that the tags of versions tell of, in their order."""
    found = [
        _change(version, name, text)
        for version, tags in tags_by_version.items()
        for name, text in tags.items()
        if name.startswith(TAG)
    ]
    return tuple(sorted(found, key=lambda change: change.number))


def _change(version: str, name: str, text: str) -> ChampionChange:
    content = json.loads(text)
    previous = content.pop("previous")
    at = content.pop("at")
    return ChampionChange(
        int(name.removeprefix(TAG)), version, previous, Cause(at=datetime.fromisoformat(at) if at else None, **content)
    )


def standing(changes: Iterable[ChampionChange], champion: str | None) -> tuple[str, ...]:
    """Return the champions that stand, the one that serves last.

    A change that nobody recorded, such as an alias set in MLflow itself, counts as a promotion.

    Examples
    --------
    >>> first = ChampionChange(1, "1", None, Cause("first"))
    >>> second = ChampionChange(2, "2", "1", Cause("promoted"))
    >>> third = ChampionChange(3, "3", "2", Cause("refreshed"))
    >>> standing([first, second, third], "3")
    ('1', '3')
    """
    stack: list[str] = []
    for change in changes:
        _notice(stack, change.previous)
        if change.cause.kind == "refreshed":
            stack[-1:] = [change.version]
        elif change.cause.kind == "rolled back":
            del stack[max(len(stack) - change.cause.steps, 0) :]
            _notice(stack, change.version)
        else:
            stack.append(change.version)
    _notice(stack, champion)
    return tuple(stack)


def _notice(stack: list[str], version: str | None) -> None:
    if version is not None and (not stack or stack[-1] != version):
        stack.append(version)


def earlier(changes: Iterable[ChampionChange], champion: str, steps: int) -> str:
    """Return the version that was champion so many steps before.

    Raises
    ------
    NoEarlierChampionError
        If there are not so many.
    """
    before = standing(changes, champion)[:-1]
    if not 1 <= steps <= len(before):
        there = f"{len(before)} ({', '.join(before)})" if before else "none"
        raise NoEarlierChampionError(
            f"A rollback must go back 1 step or more, to a champion before version {champion}, of which there are {there}; "
            f"got {steps} steps: see `glengarry models`."
        )
    return before[-steps]
