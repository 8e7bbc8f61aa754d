"""A refresh: the champion knows what has come in since, says the same of yesterday, and serves at once."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from features.records.clock import DAY, to_datetime
from features.settings.schema import LeadSchema
from models.registry import CHAMPION, NoModelError, Run
from tests.models.company import SETTINGS, checked, dataset, model
from tests.models.registries import registry_in
from training.fitting.fit import fit_close_model
from training.rounds.refresh import OtherSettingsError, new_outcomes, refresh, told_tag

DATA = dataset()
THEN = DATA.history.known_until - 120 * DAY


def test_a_refreshed_champion_serves_with_the_books_and_offset_of_today(tmp_path: Path) -> None:
    registry = registry_in(tmp_path)
    old = fit_close_model(DATA, SETTINGS, THEN).model
    registry.log(Run("training"), old)
    version = refresh(checked(), registry)
    assert version.tags["refreshed_from"] == "1"
    number, now, _ = registry.load(CHAMPION)
    assert number == version.version == "2"
    assert now.blend.to_texts() == old.blend.to_texts()
    assert now.books.closed_day == DATA.history.known_until // DAY - 1 > old.books.closed_day
    late = DATA.moments.take(np.flatnonzero(DATA.moments.as_of > THEN + 100 * DAY))
    early = DATA.moments.take(np.flatnonzero(DATA.moments.as_of < THEN))
    assert not np.array_equal(now.matrix(DATA.history, late), old.matrix(DATA.history, late), equal_nan=True)
    assert np.array_equal(now.matrix(DATA.history, early), old.matrix(DATA.history, early), equal_nan=True)


def test_settings_that_give_other_features_are_refused(tmp_path: Path) -> None:
    registry = registry_in(tmp_path)
    registry.log(Run("training"), fit_close_model(DATA, SETTINGS, THEN).model)
    schema = LeadSchema.model_validate(DATA.history.schema.model_dump() | {"lookback_days": (14,)})
    other = replace(checked(), history=replace(DATA.history, schema=schema))
    with pytest.raises(OtherSettingsError, match="version 1 was trained with, got others: bring back"):
        refresh(other, registry)


def test_without_a_champion_there_is_nothing_to_refresh(tmp_path: Path) -> None:
    with pytest.raises(NoModelError):
        refresh(checked(), registry_in(tmp_path))


def test_a_refresh_serves_from_when_it_was_made_however_early_it_was_begun(tmp_path: Path) -> None:
    registry = registry_in(tmp_path)
    registry.log(Run("training"), model())
    late = datetime(2999, 1, 1, tzinfo=UTC)

    first = refresh(checked(), registry, datetime(2020, 1, 1, tzinfo=UTC))
    refresh(checked(), registry, late)

    assert [change.cause.at for change in registry.changes()[-2:]] == [first.created_at, late]


def test_outcomes_are_new_until_a_refresh_knows_them(tmp_path: Path) -> None:
    registry = registry_in(tmp_path)
    registry.log(
        Run("training", tags={"trained_until": to_datetime(THEN).isoformat()}),
        fit_close_model(DATA, SETTINGS, THEN).model,
    )

    assert new_outcomes(checked(), registry) == int(np.sum(DATA.history.outcomes.recorded_at > THEN)) > 0
    refresh(checked(), registry)
    assert new_outcomes(checked(), registry) == 0


def test_an_outcome_told_late_with_an_old_time_is_new_until_a_refresh_knows_it(tmp_path: Path) -> None:
    registry = registry_in(tmp_path)
    before = replace(checked(), told_at=np.array([DAY, 2 * DAY]))
    tags = {"trained_until": to_datetime(DATA.history.known_until).isoformat(), **told_tag(before)}
    registry.log(Run("training", tags=tags), model())
    assert new_outcomes(before, registry) == 0

    late = replace(before, told_at=np.array([DAY, 3 * DAY, 2 * DAY]))
    assert new_outcomes(late, registry) == 1
    refresh(late, registry)
    assert new_outcomes(late, registry) == 0
    assert registry.load(CHAMPION)[1].outcomes_known == (DATA.history.known_until, 3 * DAY)
