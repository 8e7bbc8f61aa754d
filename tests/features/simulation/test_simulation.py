"""The simulated company keeps its laws, and its truth is true."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import log_loss, roc_auc_score

from features.records.clock import DAY, NEVER, Microseconds
from features.records.history import Floats
from features.records.parsing.values import encode
from features.settings.fields import ACTORS
from features.settings.mapping import check_mapping
from features.settings.source import AGENT_COLUMNS, EVENT_COLUMNS, LEAD_COLUMNS, OUTCOME_COLUMNS
from features.simulation import (
    OBSTACLES,
    REASONS,
    TRAPS,
    RecordKeeping,
    Reps,
    World,
    WorldSettings,
    quarter_starts,
    simulate,
    true_probability,
    true_reasons,
    world_history,
    world_schema,
    write_world,
)
from features.simulation.tables import microseconds

UTC_ZONE = ZoneInfo("UTC")
SETTINGS = WorldSettings()
END = int(quarter_starts(SETTINGS)[-1])


@cache
def made(settings: WorldSettings = SETTINGS) -> World:
    return simulate(settings)


@dataclass(frozen=True)
class Scored:
    """Moments at which a lead was open, its true probability, and whether it was won within 90 days."""

    row: NDArray[np.int64]
    as_of: Microseconds
    truth: Floats
    won: NDArray[np.bool_]

    def take(self, chosen: NDArray[np.bool_]) -> "Scored":
        return Scored(self.row[chosen], self.as_of[chosen], self.truth[chosen], self.won[chosen])


def moments(world: World, ages: tuple[float, ...] = (0, 7, 30)) -> Scored:
    created, closes = microseconds(world.leads["created_at"]), microseconds(world.latent["closes_at"])
    closes = np.where(closes == NEVER, np.iinfo(np.int64).max, closes)
    row = np.tile(np.arange(len(created)), len(ages))
    as_of = created[row] + np.repeat(np.array(ages) * DAY, len(created)).astype(np.int64)
    is_open = (closes[row] > as_of) & (as_of <= END)
    row, as_of = row[is_open], as_of[is_open]
    won = world.latent["wins"].to_numpy()[row] & (closes[row] <= as_of + 90 * DAY)
    return Scored(row, as_of, true_probability(world, row, as_of), won)


def rate(won: "pd.Series[bool] | NDArray[np.bool_]") -> float:
    return float(np.mean(won))


# The tables


def test_the_same_settings_give_the_same_world_and_another_seed_another() -> None:
    settings = WorldSettings(leads=500, seed=3)
    one, two, other = simulate(settings), simulate(settings), simulate(replace(settings, seed=4))
    for name in ("leads", "events", "outcomes", "latent", "reps"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))
        assert not getattr(one, name).equals(getattr(other, name))


def test_how_events_are_recorded_does_not_change_who_the_leads_are_or_how_they_end() -> None:
    settings = WorldSettings(leads=500, seed=3)
    lazy = simulate(replace(settings, records=RecordKeeping(late_events=0.9, activity=0.1)))
    pd.testing.assert_frame_equal(lazy.outcomes, simulate(settings).outcomes)
    assert len(lazy.events) < len(simulate(settings).events)


def test_the_tables_have_the_columns_of_a_history_and_of_the_schema() -> None:
    world, schema = made(), world_schema()
    assert list(world.leads) == [*LEAD_COLUMNS, *schema.channels, *schema.by_role("profile"), *schema.answers, *TRAPS]
    assert (*world.events, *AGENT_COLUMNS) == EVENT_COLUMNS
    assert tuple(world.outcomes) == OUTCOME_COLUMNS
    assert world.traps == TRAPS
    assert set(world.events["kind"]) == set(schema.event_codes)
    assert set(world.events["actor"]) == set(ACTORS) - {"agent"}
    times = [
        frame[name] for frame in (world.leads, world.events, world.outcomes) for name in frame if "_at" in str(name)
    ]
    assert {str(column.dtype) for column in times} == {"datetime64[us, UTC]"}
    check_mapping(world_history("somewhere"), schema)


def test_every_answer_is_one_that_its_field_allows() -> None:
    world, schema = made(), world_schema()
    for name, field in schema.encoded.items():
        given = world.leads[name].dropna()
        assert all(np.isfinite(encode(field, value, UTC_ZONE)) for value in given.unique())
    for name, field in schema.answers.items():
        said = world.events[world.events["kind"] == name]
        assert len(said)
        column, empty = ("value", "text") if field.type == "number" else ("text", "value")
        assert all(np.isfinite(encode(field, value, UTC_ZONE)) for value in said[column].unique())
        assert said[empty].isna().all()


def test_a_world_is_written_where_its_source_says(tmp_path: Path) -> None:
    world = simulate(WorldSettings(leads=200, seed=1))
    write_world(world, tmp_path / "company")
    source = world_history(tmp_path / "company", world.settings)
    for table in ("leads", "events", "outcomes"):
        read = pd.read_parquet(Path(source.source) / f"{table}.parquet")
        pd.testing.assert_frame_equal(read, getattr(world, table))
    assert source.exported_at == world.settings.end


def test_without_traps_neither_the_table_nor_the_schema_has_them() -> None:
    settings = WorldSettings(leads=200, records=RecordKeeping(traps=False))
    assert not set(TRAPS) & {*simulate(settings).leads, *world_schema(settings).fields}
    assert simulate(settings).traps == ()


def test_the_traps_know_the_outcome() -> None:
    world = made()
    known = world.leads.merge(world.outcomes, on="lead_id", how="left")
    assert known["contract_no"].notna().equals(known["won"].eq(True))
    assert rate(known["lead_status"].eq("Customer") == known["won"].eq(True)) > 0.98
    closed = known["won"].notna()
    assert known["quality_note"].notna()[closed].mean() > 10 * known["quality_note"].notna()[~closed].mean()
    assert (known["last_activity"] == known["closed_at"])[closed].all()


# The laws of time


def test_nothing_is_recorded_before_it_occurred_nor_after_the_end() -> None:
    world, end = made(), pd.Timestamp(SETTINGS.end)
    assert (world.events["recorded_at"] >= world.events["occurred_at"]).all()
    assert (world.outcomes["recorded_at"] >= world.outcomes["closed_at"]).all()
    assert max(world.events["recorded_at"].max(), world.outcomes["recorded_at"].max()) <= end
    assert world.leads["created_at"].between(pd.Timestamp(quarter_starts(SETTINGS)[0], unit="us", tz="UTC"), end).all()


def test_nothing_occurs_before_the_lead_or_after_its_close() -> None:
    world = made()
    row = world.rows(world.events["lead_id"])
    occurred = microseconds(world.events["occurred_at"])
    closes = microseconds(world.latent["closes_at"])[row]
    assert (occurred > microseconds(world.leads["created_at"])[row]).all()
    assert ((occurred < closes) | (closes == NEVER)).all()
    row = world.rows(world.outcomes["lead_id"])
    assert (world.outcomes["closed_at"].to_numpy() > world.leads["created_at"].to_numpy()[row]).all()
    assert world.outcomes["lead_id"].is_unique


def test_some_records_are_late_and_some_events_are_recorded_after_the_close() -> None:
    world = made()
    for late, table, time in ((0.12, world.events, "occurred_at"), (0.15, world.outcomes, "closed_at")):
        days = (table["recorded_at"] - table[time]).dt.total_seconds() / 86_400
        assert 0.6 * late < rate(days > 1) < late + 0.02
    closed = world.events.merge(world.outcomes, on="lead_id")
    assert (closed["recorded_at_x"] > closed["recorded_at_y"]).any()


def test_some_leads_stay_open_and_time_to_close_is_long_tailed() -> None:
    world = made()
    assert 0.15 < 1 - len(world.outcomes) / len(world.leads) < 0.35
    won = world.outcomes[world.outcomes["won"]]
    days = (won["closed_at"] - microseconds_of(world, won)).dt.total_seconds() / 86_400
    assert 20 < days.median() < 35
    assert days.mean() > 1.3 * days.median()


def microseconds_of(world: World, table: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    created = world.leads["created_at"].iloc[world.rows(table["lead_id"])]
    return created.set_axis(table.index)


# What the company is like


def test_the_default_company_is_as_it_is_documented() -> None:
    world, scored = made(), moments(made())
    assert 0.12 < rate(scored.won) < 0.20
    assert 0.80 < roc_auc_score(scored.won, scored.truth) < 0.88
    assert 8 < len(world.events) / len(world.leads) < 12
    assert 50 < (world.leads["source"] == "podcast").sum() < 200


def test_answers_are_missing_where_the_trait_behind_them_is_weak() -> None:
    world = made()
    for name, field in world_schema().answers.items():
        missing = world.leads[name].isna()
        if missing.any():
            trait = world.latent[str(field.obstacle)]
            assert trait[missing].mean() < trait[~missing].mean() - 0.2
    assert (
        not simulate(WorldSettings(leads=200, records=RecordKeeping(missing=0.0)))
        .leads[[*world_schema().answers]]
        .isna()
        .any(axis=None)
    )


def test_reps_work_promising_leads_first() -> None:
    world = made()
    calls = world.events[world.events["kind"].isin(["call", "email"])]
    early = calls[calls["occurred_at"] - microseconds_of(world, calls) < pd.Timedelta(days=2)]
    count = np.bincount(world.rows(early["lead_id"]), minlength=len(world.leads))
    likely = world.latent["intent"] > world.latent["intent"].median()
    assert count[likely].mean() > 1.2 * count[~likely].mean()


def test_a_weak_trait_is_the_likeliest_reason_and_reasons_are_as_likely_as_said() -> None:
    world = made()
    lost = world.outcomes[~world.outcomes["won"]]
    expected = true_reasons(world).iloc[world.rows(lost["lead_id"])]
    np.testing.assert_allclose(expected.sum(axis=1), 1.0)
    observed = lost["reason"].value_counts(normalize=True)
    for reason in REASONS:
        assert observed[str(reason)] == pytest.approx(expected[reason].mean(), abs=4 * np.sqrt(0.25 / len(lost)))
    assert lost["amount"].isna().all()


def test_amounts_are_expected_right() -> None:
    world = made()
    won = world.outcomes[world.outcomes["won"]]
    ratio = won["amount"].to_numpy() / world.latent["expected_amount"].to_numpy()[world.rows(won["lead_id"])]
    assert ratio.mean() == pytest.approx(1.0, abs=4 * ratio.std() / np.sqrt(len(won)))
    assert won["reason"].isna().all()


def test_the_collapsed_source_collapses_without_its_answers_showing_it() -> None:
    world = made()
    created = microseconds(world.leads["created_at"])
    show = (world.leads["source"] == "trade show").to_numpy()
    after = created >= quarter_starts(SETTINGS)[7]
    before = ~after & (created >= quarter_starts(SETTINGS)[3])
    wins = world.latent["wins"].to_numpy()
    assert rate(wins[show & after]) < 0.5 * rate(wins[show & before])
    assert rate(wins[~show & after]) > 0.8 * rate(wins[~show & before])
    traits = world.latent[list(OBSTACLES)].to_numpy()
    assert np.abs(traits[show & after].mean(axis=0) - traits[show & before].mean(axis=0)).max() < 0.15


def test_a_flood_brings_many_lively_leads_that_do_not_close() -> None:
    calm, wet = simulate(SETTINGS.steady()), simulate(SETTINGS.steady().flooded("webinar", 9))
    figures = []
    for world in (calm, wet):
        late = (microseconds(world.leads["created_at"]) >= quarter_starts(SETTINGS)[8]) & (
            world.leads["source"] == "webinar"
        ).to_numpy()
        visits = world.events[world.events["kind"].isin(["visit", "reply"])]
        by_lead = np.bincount(world.rows(visits["lead_id"]), minlength=len(late))
        figures.append((late.sum(), by_lead[late].mean(), rate(world.latent["wins"].to_numpy()[late])))
    (few, quiet, good), (many, lively, bad) = figures
    assert many > 2 * few
    assert lively > 1.2 * quiet
    assert bad < 0.4 * good


def test_a_bad_closer_closes_less_of_the_same_leads() -> None:
    settings = SETTINGS.steady()
    good, bad = simulate(settings), simulate(settings.with_bad_closer(quarter=6))
    best = good.reps["rep_id"].iloc[int(good.reps["closing"].to_numpy().argmax())]
    late = (microseconds(good.leads["created_at"]) >= quarter_starts(settings)[5]) & (good.latent["rep_id"] == best)
    assert rate(bad.latent["wins"][late]) < 0.75 * rate(good.latent["wins"][late])
    pd.testing.assert_series_equal(bad.latent["wins"][~late], good.latent["wins"][~late])


def test_reps_who_generate_well_bring_better_leads() -> None:
    world = simulate(replace(SETTINGS, reps=Reps(generating_spread=1.0)))
    worth = world.latent["intent"].groupby(world.leads["brought_by"]).mean()
    skill = world.reps.set_index("rep_id")["generating"]
    assert worth.corr(skill.reindex(worth.index), method="spearman") > 0.8
    brought = world.leads["team"] == "sales"
    assert world.leads["brought_by"].notna().equals(brought)


# The truth


@pytest.mark.parametrize(
    "settings",
    [SETTINGS, WorldSettings(seed=1).steady(), WorldSettings(seed=2).flooded(), WorldSettings(seed=3).without_signal()],
    ids=["default", "steady", "flooded", "without signal"],
)
@pytest.mark.parametrize("age", [0.0, 7.0, 45.0, 180.0])
def test_the_true_probability_is_the_share_that_is_won(settings: WorldSettings, age: float) -> None:
    """One moment a lead, so moments are independent: observed wins lie within 4.5 standard errors in every decile."""
    scored = moments(made(settings), (age,))
    for part in np.array_split(np.argsort(scored.truth, kind="stable"), 10):
        expected, error = scored.truth[part].sum(), np.sqrt((scored.truth[part] * (1 - scored.truth[part])).sum())
        assert scored.won[part].sum() == pytest.approx(expected, abs=4.5 * error + 1)


def test_the_true_probability_matches_the_exported_outcomes() -> None:
    """Of leads whose horizon passed half a year ago, no outcome is still to be recorded."""
    world, scored = made(), moments(made(), (14.0,))
    scored = scored.take(scored.as_of < END - 270 * DAY)
    known = world.leads.merge(world.outcomes, on="lead_id", how="left").iloc[scored.row]
    days = (microseconds(known["closed_at"]) - scored.as_of) / DAY
    won = known["won"].eq(True).to_numpy() & (days > 0) & (days <= 90)
    assert won.sum() == pytest.approx(scored.truth.sum(), abs=4 * np.sqrt((scored.truth * (1 - scored.truth)).sum()))


def test_a_longer_horizon_is_likelier_and_forever_is_the_intent() -> None:
    world = made()
    rows = np.arange(1000)
    as_of = microseconds(world.leads["created_at"])[rows]
    short, usual, forever = (true_probability(world, rows, as_of, days) for days in (30, 90, 1e12))
    assert (short < usual).all()
    assert (usual < forever).all()
    np.testing.assert_allclose(forever, world.latent["intent"][rows], rtol=1e-9)


def test_without_signal_every_open_lead_is_equally_likely_to_be_won() -> None:
    scored = moments(made(WorldSettings(seed=3).without_signal()))
    np.testing.assert_allclose(scored.truth, scored.truth[0])
    assert 0.12 < scored.truth[0] < 0.20


def test_a_moment_before_the_lead_is_refused() -> None:
    world = simulate(WorldSettings(leads=10))
    as_of = microseconds(world.leads["created_at"])[:1] - 1
    with pytest.raises(ValueError, match=r"as_of must not lie before the lead's creation, got .* 'L01'"):
        true_probability(world, np.array([0]), as_of)


def test_a_lead_of_another_world_is_refused() -> None:
    with pytest.raises(KeyError, match="Leads must be of this world, got 'X1'"):
        simulate(WorldSettings(leads=10)).rows(pd.Series(["L01", "X1"]))


def test_impossible_companies_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 lead, quarter, rep and source, got 0, 10, 14 and 9"):
        WorldSettings(leads=0)
    with pytest.raises(ValueError, match="end must name its zone, got 2026-10-01T00:00:00"):
        WorldSettings(end=datetime(2026, 10, 1))  # noqa: DTZ001 - this is what is refused
    with pytest.raises(ValueError, match="a flood one of them"):
        SETTINGS.flooded("nowhere")


# What can be learned: simple features by hand, so that this check does not lean on what it is to check


def answers_as_of(world: World, scored: Scored) -> dict[str, Floats]:
    """The first answer, or the first later one on record by the moment."""
    created = microseconds(world.leads["created_at"])
    known = {}
    for name, field in world_schema().answers.items():
        codes = {value: encode(field, value, UTC_ZONE) for value in world.leads[name].dropna().unique()}
        said = world.events[world.events["kind"] == name].drop_duplicates("lead_id")
        column = said["value" if field.type == "number" else "text"]
        codes |= {value: encode(field, value, UTC_ZONE) for value in column.unique()}
        first = world.leads[name].astype(object).map(codes).to_numpy(np.float64)
        later, known_at = np.full(len(first), np.nan), np.full(len(first), np.iinfo(np.int64).max)
        rows = world.rows(said["lead_id"])
        later[rows], known_at[rows] = column.map(codes).to_numpy(np.float64), microseconds(said["recorded_at"])
        answer = np.where(known_at[scored.row] <= scored.as_of, later[scored.row], first[scored.row])
        known[name] = np.asarray(answer - created[scored.row] if field.type == "date" else answer, np.float64)
    return known


def counts_as_of(world: World, scored: Scored) -> dict[str, Floats]:
    """Events of each kind on record by the moment."""
    row, age = world.rows(world.events["lead_id"]), microseconds(world.events["recorded_at"])
    start = microseconds(world.leads["created_at"])
    span = np.int64(2000 * DAY)
    counts = {}
    for kind in world_schema().kinds:
        chosen = (world.events["kind"] == kind).to_numpy()
        key = np.sort(row[chosen] * span + age[chosen] - start[row[chosen]])
        upto = scored.row * span + scored.as_of - start[scored.row]
        counts[kind] = (np.searchsorted(key, upto, "right") - np.searchsorted(key, scored.row * span)).astype(
            np.float64
        )
    return counts


def recent_close_rate(world: World, scored: Scored, days: int = 120) -> Floats:
    """Share won of the outcomes of a lead's source that came on record in the last days, shrunk to one in five."""
    row, recorded = world.rows(world.outcomes["lead_id"]), microseconds(world.outcomes["recorded_at"])
    source = world.leads["source"].to_numpy()
    rates = np.zeros(len(scored.row))
    for name in np.unique(source):
        mine, asked = source[row] == name, source[scored.row] == name
        wins = np.append(0, np.cumsum(world.outcomes["won"].to_numpy()[mine]))
        until = np.searchsorted(recorded[mine], scored.as_of[asked], "right")
        since = np.searchsorted(recorded[mine], scored.as_of[asked] - days * DAY)
        rates[asked] = (wins[until] - wins[since] + 3) / (until - since + 15)
    return rates


def observed(world: World, scored: Scored) -> pd.DataFrame:
    age = scored.as_of - microseconds(world.leads["created_at"])[scored.row]
    columns = answers_as_of(world, scored) | counts_as_of(world, scored)
    source = pd.Categorical(world.leads["source"]).codes[scored.row]
    return pd.DataFrame({**columns, "age": age, "rate": recent_close_rate(world, scored), "source": source})


def learned(X: pd.DataFrame, y: NDArray[np.bool_], later: pd.DataFrame, categories: list[str]) -> Floats:
    settings = {"learning_rate": 0.05, "num_leaves": 8, "min_data_in_leaf": 60, "seed": 0, "num_threads": 1}
    known = lgb.Dataset(X, y, categorical_feature=categories)
    trees = lgb.train({"objective": "binary", "verbosity": -1, **settings}, known, num_boost_round=250)
    return np.asarray(trees.predict(later))


@dataclass(frozen=True)
class Learned:
    excess: float
    auc: float
    profile_auc: float


@cache
def what_can_be_learned(settings: WorldSettings) -> Learned:
    """Train on what has matured at each of three quarters' starts, predict that quarter, and pool."""
    world, starts = made(settings), quarter_starts(settings)
    scored = moments(world)
    X = observed(world, scored)
    profile = pd.DataFrame(
        {name: pd.Categorical(world.leads[name]).codes[scored.row] for name in world_schema().by_role("profile")}
    )
    base, close, who = np.full((3, len(X)), np.nan)
    for quarter in (6, 7, 8):
        past = scored.as_of + 90 * DAY <= starts[quarter]
        now = (scored.as_of >= starts[quarter]) & (scored.as_of < starts[quarter + 1])
        y = scored.won[past]
        base[now] = rate(y)
        close[now] = learned(X[past], y, X[now], ["source", "uses_now"])
        who[now] = learned(profile[past], y, profile[now], ["industry", "country", "title"])
    tested = ~np.isnan(base)
    won, truth = scored.won[tested], scored.truth[tested]
    lost_by_truth, lost_by_base = log_loss(won, truth), log_loss(won, base[tested])
    excess = (log_loss(won, close[tested]) - lost_by_truth) / (lost_by_base - lost_by_truth)
    return Learned(excess, roc_auc_score(won, close[tested]), roc_auc_score(won, who[tested]))


def test_what_is_observed_carries_most_of_the_truth_while_sources_are_steady() -> None:
    assert what_can_be_learned(SETTINGS.steady()).excess < 0.25


def test_a_simple_model_keeps_most_of_the_truth_even_through_the_collapse() -> None:
    figures = what_can_be_learned(SETTINGS)
    assert figures.excess < 0.30
    assert figures.auc > 0.78


def test_a_profile_hardly_tells_who_will_buy() -> None:
    assert 0.50 < what_can_be_learned(SETTINGS).profile_auc < 0.60
