"""Every later version loads what an earlier one wrote, and answers alike: scores, reasons, features, figures of pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.golden.alike import column_differences, differences, missing_figures
from tests.golden.changed import CHANGED
from tests.golden.release import RELEASES, Replies

FOLDERS = sorted(RELEASES.iterdir())
every_release = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@cache
def replies(folder: Path) -> tuple[Replies, Replies]:
    return Replies.written(folder), Replies.now(folder)


def of_answers(earlier: Replies, later: Replies) -> Iterator[str]:
    yield from differences(earlier.answers, later.answers)


def of_features(earlier: Replies, later: Replies) -> Iterator[str]:
    yield from column_differences(earlier.matrix, later.matrix)


def of_pages(earlier: Replies, later: Replies) -> Iterator[str]:
    for path, figures in earlier.figures.items():
        assert figures, path
        yield from (f"{path} no longer shows {figure}" for figure in missing_figures(figures, later.figures[path]))


COMPARISONS = (of_answers, of_features, of_pages)


@every_release
@pytest.mark.parametrize("compare", COMPARISONS, ids=lambda compare: compare.__name__)
def test_earlier_release_is_loaded_and_answers_alike(folder: Path, compare: Callable[..., Iterator[str]]) -> None:
    on_purpose = tuple(CHANGED.get(folder.name, {}))

    assert [one for one in compare(*replies(folder)) if not one.startswith(on_purpose)] == []


@every_release
def test_what_was_changed_on_purpose_is_still_another(folder: Path) -> None:
    every = [one for compare in COMPARISONS for one in compare(*replies(folder))]

    assert [place for place in CHANGED.get(folder.name, {}) if not any(one.startswith(place) for one in every)] == []
