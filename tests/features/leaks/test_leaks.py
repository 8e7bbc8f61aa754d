"""The leak audit finds what knows the outcome, says why, and leaves what is honest alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from features.leaks import SEVERITIES, AuditedColumn, Finding, audit, columns_of, gains_of, read_columns
from features.leaks.coding import Coded, code_numbers, code_texts, code_times
from features.leaks.gain import Gain, gains
from features.leaks.labels import FOLDS, Fates, fates_of
from features.leaks.univariate import auc_within, read_alone
from features.records.checks import check_history
from features.records.clock import DAY, NEVER, Microseconds, to_datetime
from features.records.history import Events, Floats, History, Leads, Outcomes
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource, LeadsSource, OutcomesSource
from features.simulation import (
    TRAPS,
    RecordKeeping,
    World,
    WorldSettings,
    simulate,
    world_history,
    world_schema,
    write_world,
)

N = 2_000
SPAN = 600 * DAY
BUDGET = LeadField(role="answer", obstacle="money", values=("a", "b", "c", "d", "e"), ordered=True)


def company(n: int = N, seed: int = 0, win_rate: float = 0.3, open_rate: float = 0.2) -> History:
    """Return leads of whom nothing is known but when they came, and how and when they ended."""
    rng = np.random.default_rng(seed)
    created = np.sort(rng.integers(0, SPAN, n))
    ends = np.flatnonzero(rng.random(n) >= open_rate).astype(np.int32)
    closed = created[ends] + (rng.exponential(20, len(ends)) * DAY).astype(np.int64) + DAY
    won = rng.random(len(ends)) < win_rate
    leads = Leads(np.array([f"L{lead}" for lead in range(n)], np.object_), created, {}, {})
    outcomes = Outcomes(ends, closed, closed, won, np.full(len(ends), np.nan))
    return History(LeadSchema(), leads, Events.none(), outcomes, SPAN + 200 * DAY)


HISTORY = company()
FATES = fates_of(HISTORY)
RNG = np.random.default_rng(7)
AT_FIRST = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def _draw_the_same_in_any_order() -> None:
    RNG.bit_generator.state = AT_FIRST


def texts(values: object) -> Coded:
    return code_texts(pa.array(pd.Series(values, dtype=object).tolist(), pa.string()))


def column(coded: Coded, **changes: object) -> AuditedColumn:
    return replace(AuditedColumn("x", "", None, coded), **changes)  # type: ignore[arg-type]


def found(coded: Coded, history: History = HISTORY, **changes: object) -> Finding | None:
    """Return what the audit says of one column beside nothing else."""
    findings = audit(history, [column(coded, **changes)])
    return findings[0] if findings else None


def severity(coded: Coded, history: History = HISTORY, **changes: object) -> str | None:
    finding = found(coded, history, **changes)
    return finding.severity if finding else None


def where(rows: np.ndarray, share: float = 1.0) -> Coded:
    """Return a column that is filled in for a share of these leads, with words that tell nothing more."""
    given = rows & (RNG.random(len(rows)) < share)
    words = np.array(["red", "green", "blue"], object)[RNG.integers(0, 3, len(rows))]
    words[~given] = None
    return texts(words)


def written(world: World, folder: Path) -> tuple[History, tuple[AuditedColumn, ...]]:
    write_world(world, folder)
    source, schema = world_history(folder, world.settings), world_schema(world.settings)
    history = check_history(source, schema, world.settings.end, folder).history
    return history, read_columns(source, schema, folder, history)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_trap_of_a_simulated_company_is_found_and_nothing_else(seed: int, tmp_path: Path) -> None:
    history, columns = written(simulate(WorldSettings(leads=3_000, seed=seed)), tmp_path)
    findings = audit(history, columns)
    assert {finding.field for finding in findings} == set(TRAPS)
    assert {finding.severity for finding in findings} <= {"severe", "suspicious"}
    assert audit(history) == ()  # the late ones are not among the fields that a training uses


@pytest.mark.parametrize(
    "settings",
    [
        WorldSettings(leads=3_000, records=RecordKeeping(traps=False)),
        WorldSettings(leads=3_000, records=RecordKeeping(traps=False, missing=2.0, missing_slope=3.0)),
        WorldSettings(leads=3_000, records=RecordKeeping(traps=False), signal=2.5),
        WorldSettings(leads=3_000, records=RecordKeeping(traps=False)).without_signal(),
        WorldSettings(leads=3_000, records=RecordKeeping(traps=False)).flooded(),
    ],
    ids=["plain", "silent where weak", "strong signal", "no signal", "flooded"],
)
def test_an_honest_company_is_left_alone(settings: WorldSettings, tmp_path: Path) -> None:
    assert audit(*written(simulate(settings), tmp_path)) == ()


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    world = simulate(WorldSettings(leads=1_500, seed=4))
    shuffled = replace(world, leads=world.leads.sample(frac=1, random_state=0).reset_index(drop=True))
    assert audit(*written(world, tmp_path / "as is")) == audit(*written(shuffled, tmp_path / "shuffled"))


def test_findings_come_the_worst_first() -> None:
    coded = {"id": texts([f"id-{lead}" for lead in range(N)]), "old": where(FATES.closed, 1.0), "won": where(FATES.won)}
    columns = [column(coded[name], name=name) for name in coded]
    got = [finding.severity for finding in audit(HISTORY, columns)]
    assert got == sorted(got, key=SEVERITIES.index)
    assert set(got) == {"severe", "identifier"}


def test_filled_in_only_where_won_is_severe_however_rarely() -> None:
    finding = found(where(FATES.won, 0.2))
    assert finding is not None
    assert finding.severity == "severe"
    won, lost = int(FATES.won.sum()), int((FATES.settled & ~FATES.won).sum())
    assert f"of {won:,} won leads" in finding.evidence
    assert f"but for 0 of {lost:,} leads not won" in finding.evidence


def test_filled_in_only_where_closed_is_severe_and_mostly_so_suspicious() -> None:
    some_open = ~FATES.closed & (RNG.random(N) < 0.4)
    assert severity(where(FATES.closed)) == "severe"
    assert severity(where(FATES.closed | some_open)) == "suspicious"
    assert severity(where(np.ones(N, np.bool_), 0.3)) is None


@pytest.mark.parametrize("rows", [FATES.settled & ~FATES.won, ~FATES.closed], ids=["not won", "open"])
def test_filled_in_only_where_not_won_or_open_is_suspicious(rows: np.ndarray) -> None:
    assert severity(where(rows, 0.2)) == "suspicious"


def test_a_question_asked_only_of_late_is_not_taken_for_a_leak() -> None:
    assert severity(where(FATES.created_at > 0.97 * SPAN)) is None
    assert severity(where(FATES.created_at < 0.1 * SPAN)) is None


def test_a_few_cells_prove_nothing() -> None:
    rows = np.zeros(N, np.bool_)
    rows[np.flatnonzero(FATES.won)[:3]] = True
    assert severity(where(rows)) is None


def times(days_after_close: Floats, rows: np.ndarray = FATES.closed) -> Coded:
    at = np.where(FATES.closed, FATES.closed_at, FATES.created_at + 30 * DAY)
    at = np.minimum(at + (days_after_close * DAY).astype(np.int64), FATES.known_until)
    return code_times(np.where(rows, at, NEVER), FATES.created_at)


ALL = np.ones(N, np.bool_)


def test_a_time_at_the_close_is_severe() -> None:
    finding = found(times(np.zeros(N), ALL))
    assert finding is not None
    assert finding.severity == "severe"
    assert "falls on the day of the close, where chance would make" in finding.evidence


def test_a_time_written_after_the_close_is_severe_and_now_and_then_suspicious() -> None:
    after = RNG.exponential(40, N) + 2
    finding = found(times(after, ALL))
    assert finding is not None
    assert finding.severity == "severe"
    assert "a time after the close, so it was written later still" in finding.evidence
    rarely = np.where(RNG.random(N) < 0.06, after, -1000.0)
    rarely[-1] = 1e4  # at the export, so that the column is seen to live until then
    assert severity(replace(times(rarely, ALL), code=np.ones(N, np.int32), labels=["x"])) == "suspicious"


def test_a_date_that_leads_name_may_lie_after_the_close() -> None:
    named = FATES.created_at + (RNG.exponential(200, N) * DAY).astype(np.int64)
    assert named.max() > FATES.known_until
    assert severity(code_times(named, FATES.created_at)) is None


def noisy(copy: float) -> Coded:
    """Return a column that says how a lead ended in a share of the leads, and guesses in the others."""
    told = np.where(RNG.random(N) < copy, FATES.won, RNG.random(N) < 0.3)
    return texts(np.where(told, "good", "bad"))


@pytest.mark.parametrize(("copy", "expected"), [(0.97, "severe"), (0.75, "suspicious"), (0.3, None)])
def test_a_copy_of_the_outcome_is_worse_the_nearer_it_is(copy: float, expected: str | None) -> None:
    finding = found(noisy(copy))
    assert (finding and finding.severity) == expected
    if finding is not None:
        assert "For example, of " in finding.evidence
        assert "with 'good'" in finding.evidence


def test_a_number_that_beats_all_others_together_is_severe() -> None:
    strong = code_numbers(RNG.standard_normal(N) + 1.8 * FATES.won)
    weak = [code_numbers(RNG.standard_normal(N) + 0.3 * FATES.won) for _ in range(3)]
    assert severity(strong) == "suspicious"
    columns = [column(strong, name="strong"), *(column(coded, name=f"weak {at}") for at, coded in enumerate(weak))]
    finding = audit(HISTORY, columns)[0]
    assert (finding.field, finding.severity) == ("strong", "severe")
    assert "All 3 columns that look sound together reach" in finding.evidence


def test_a_column_that_only_tells_the_time_is_no_leak_when_rates_change() -> None:
    early, late = company(seed=1, win_rate=0.02), company(seed=1, win_rate=0.95)
    won = np.where(early.leads.created_at[early.outcomes.lead] < SPAN // 2, early.outcomes.won, late.outcomes.won)
    history = replace(early, outcomes=replace(early.outcomes, won=won))
    months = code_numbers((history.leads.created_at // (30 * DAY)).astype(np.float64))
    overall = roc_auc_score(fates_of(history).y, months.code[fates_of(history).settled])
    assert overall > 0.85
    assert severity(months, history) is None


def test_ids_are_named_and_amounts_and_prose_are_not() -> None:
    finding = found(texts([f"{lead:032x}" for lead in RNG.permutation(N)]))
    assert finding is not None
    assert finding.severity == "identifier"
    assert finding.evidence.startswith("It has 2,000 different values in 2,000 leads")
    assert severity(code_numbers(RNG.permutation(N).astype(np.float64) + 5000.0)) == "identifier"
    assert severity(code_numbers(RNG.lognormal(9, 1, N))) is None
    prose = [f"We met at stand {lead} and talked of prices" for lead in range(N)]
    assert severity(texts(prose)) is None


def test_a_column_of_ids_ranks_no_better_than_chance() -> None:
    alone = read_alone(texts([f"id-{lead}" for lead in range(N)]), FATES)
    assert alone.ranks == pytest.approx(0.5, abs=0.05)
    assert alone.explains <= 0.01


def test_too_few_outcomes_are_said_and_not_judged() -> None:
    history = company(n=60, win_rate=0.1)
    won = int(fates_of(history).won.sum())
    finding = found(code_numbers(np.arange(60.0) % 7), history)
    assert finding is not None
    assert finding.severity == "undated"
    assert f"{won:,} were won: too few of one kind to tell" in finding.evidence


def test_a_company_without_leads_is_audited_too() -> None:
    history = company(n=0)
    assert audit(history) == ()
    assert [finding.severity for finding in audit(history, [column(texts([]))])] == ["undated"]


def test_remedies_follow_the_role() -> None:
    coded = where(FATES.won)
    said = {role: found(coded, field="x", role=role) for role in ("answer", "late", "outcome", None)}
    remedies = {role: finding.remedy for role, finding in said.items() if finding is not None}
    assert remedies["answer"] == (
        "Give the field x the role late; or, if it truly was known when the lead came in, accept it with a reason: "
        'x = "..." under [training.accepted_leaks].'
    )
    assert "has the role late" in remedies["late"]
    assert "the outcome's x" in remedies["outcome"]
    assert "no model looks at it" in remedies[None]


def answered_later(snapshot: bool, after_close: bool) -> History:
    """Return leads that answer a week on or, with `after_close`, once they are closed, and then as their outcome tells."""
    history, n = company(open_rate=0.0), N
    fates = fates_of(history)
    first = RNG.integers(0, 5, n).astype(np.float64)
    better = np.clip(np.round(1.0 + 1.5 * fates.won + RNG.standard_normal(n)), 0, 4)
    at: Microseconds = fates.closed_at + DAY if after_close else np.minimum(fates.created_at + 7 * DAY, fates.closed_at)
    leads = replace(history.leads, fields={"budget": better if snapshot else first})
    none = np.zeros(n, np.int16)
    events = Events(np.arange(n, dtype=np.int32), none, at, at, better, none.astype(np.int8))
    return replace(history, schema=LeadSchema(fields={"budget": BUDGET}), leads=leads, events=events)


@pytest.mark.parametrize(
    ("snapshot", "after_close", "expected"),
    [(True, True, ["severe"]), (True, False, ["suspicious"]), (False, True, []), (False, False, [])],
)
def test_an_answer_that_the_leads_table_holds_as_given_later_is_found(
    snapshot: bool, after_close: bool, expected: list[str]
) -> None:
    findings = audit(answered_later(snapshot, after_close))
    assert [finding.severity for finding in findings] == expected
    for finding in findings:
        assert finding.field == "budget"
        assert "the leads table holds that later answer" in finding.evidence


def test_ranking_alone_agrees_with_scikit_learn_within_one_stretch() -> None:
    y = (RNG.random(500) < 0.3).astype(np.float64)
    score = np.round(y + RNG.standard_normal(500), 1)
    one = np.zeros(500, np.int32)
    assert auc_within(score, y, one) == pytest.approx(roc_auc_score(y, score))


def test_ranking_counts_pairs_of_the_same_stretch_only() -> None:
    # First stretch: one won of two, in order (1 of 1 pair). Second: one won of three, one of two pairs in order.
    y = np.array([0, 1, 1, 0, 0], np.float64)
    score = np.array([5, 6, 2, 1, 3], np.float64)
    assert auc_within(score, y, np.array([0, 0, 1, 1, 1], np.int32)) == pytest.approx(2 / 3)


def test_a_lead_s_own_outcome_never_tells_of_it() -> None:
    coded = noisy(0.5)
    before = read_alone(coded, FATES).margin
    lead = int(np.flatnonzero(FATES.settled)[0])
    turned: Fates = replace(FATES, won=np.where(np.arange(N) == lead, ~FATES.won, FATES.won))
    after = read_alone(coded, turned).margin
    same_fold = FATES.fold[FATES.settled] == FATES.fold[lead]
    assert np.array_equal(after[same_fold], before[same_fold])
    assert not np.array_equal(after, before)
    assert set(FATES.fold) == set(range(FOLDS))


def test_the_last_recorded_outcome_holds() -> None:
    history = company(n=1, open_rate=0.0)
    at = history.leads.created_at[0] + np.array([2, 1]) * DAY
    outcomes = Outcomes(np.zeros(2, np.int32), at, at, np.array([True, False]), np.full(2, np.nan))
    fates = fates_of(replace(history, outcomes=outcomes))
    assert fates.won.tolist() == [True]
    assert fates.closed_at.tolist() == [at[0]]


def test_open_leads_count_as_not_won_once_their_horizon_has_passed() -> None:
    history = company(n=400, open_rate=0.5)
    now = SPAN // 2
    fates = fates_of(replace(history, known_until=now))
    ripe = fates.created_at < now - 90 * DAY
    assert fates.settled[ripe].all()
    assert np.array_equal(fates.settled[~ripe], fates.closed[~ripe])
    assert not fates.won[~fates.closed].any()


def test_fields_that_a_training_uses_are_coded_as_they_are_read() -> None:
    schema = LeadSchema(
        fields={
            "budget": BUDGET,
            "by": LeadField(role="answer", type="date", obstacle="hurry"),
            "source": LeadField(role="channel"),
        }
    )
    leads = Leads(
        np.array(["a", "b"], np.object_),
        np.zeros(2, np.int64),
        {"budget": np.array([3.0, np.nan]), "by": np.array([np.nan, float(5 * DAY)])},
        {"source": np.array([None, "web"], np.object_)},
    )
    columns = {each.name: each for each in columns_of(replace(HISTORY, schema=schema, leads=leads))}
    assert columns["budget"].coded.code.tolist() == [1, 0]
    assert columns["budget"].coded.labels == ["d"]
    assert columns["by"].coded.times is not None
    assert columns["by"].coded.times.tolist() == [NEVER, 5 * DAY]
    assert columns["by"].coded.labels == ["5 days after creation"]
    assert columns["source"].coded.labels == ["web"]
    assert all(each.in_use for each in columns.values())


FLAT = """id,came,result,ended,Status,Signed on,Score,Nested note,blank
A,2026-01-01,won,2026-01-05,-,2026-01-05,7,x,
B,2026-01-02,lost,2026-01-06,cold,,,y,
C,2026-01-03,,,warm,,9,z,
"""


def flat(folder: Path) -> tuple[HistorySource, LeadSchema]:
    (folder / "crm.csv").write_text(FLAT, encoding="utf-8")
    leads = LeadsSource(table="crm", columns={"lead_id": "id", "created_at": "came", "status": "Status"})
    outcomes = OutcomesSource(table="crm", columns={"lead_id": "id", "closed_at": "ended", "won": "result"})
    schema = LeadSchema(fields={"status": LeadField(role="late", missing=("-",))})
    return HistorySource(source=str(folder), leads=leads, outcomes=(outcomes,)), schema


def test_every_column_of_a_flat_file_is_read_under_its_own_name(tmp_path: Path) -> None:
    source, schema = flat(tmp_path)
    history = check_history(source, schema, to_datetime(2 * 10**15), tmp_path).history
    columns = {each.name: each for each in read_columns(source, schema, tmp_path, history)}
    assert list(columns) == ["ended", "Status", "Signed on", "Score", "Nested note", "blank"]
    assert [(each.field, each.role) for each in list(columns.values())[:3]] == [
        ("closed_at", "outcome"),
        ("status", "late"),
        ("", None),
    ]
    assert columns["Status"].coded.filled.tolist() == [False, True, True]  # by the field's own word for missing
    assert columns["Signed on"].coded.times is not None
    assert columns["Score"].coded.labels == ["7", "9"]
    assert not columns["blank"].coded.filled.any()
    assert not any(each.dated or each.in_use for each in columns.values())


def test_columns_of_the_outcomes_follow_the_leads_and_the_last_outcome(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("lead_id,created_at,size\nA,2026-01-01,5\nB,2026-01-01,6\n", encoding="utf-8")
    (tmp_path / "outcomes.csv").write_text(
        "lead_id,closed_at,won,amount,segment\nB,2026-02-01,false,,old\nB,2026-03-01,true,9,new\n", encoding="utf-8"
    )
    source, schema = HistorySource(source=str(tmp_path)), LeadSchema()
    history = check_history(source, schema, to_datetime(2 * 10**15), tmp_path).history
    size, segment = read_columns(source, schema, tmp_path, history)  # amount is the outcome's own
    assert (size.name, size.coded.code.tolist(), size.dated) == ("size", [1, 2], True)
    assert (segment.name, segment.coded.code.tolist(), segment.coded.labels) == ("segment", [0, 1], ["new"])


def test_a_nested_column_of_a_parquet_file_is_passed_over(tmp_path: Path) -> None:
    world = simulate(WorldSettings(leads=200))
    history, columns = written(world, tmp_path)
    world.leads["tags"] = [["a", "b"]] * 200
    assert [each.name for each in written(world, tmp_path)[1]] == [each.name for each in columns]
    assert len(history.leads) == 200


def test_columns_of_a_database_are_read_as_well(tmp_path: Path) -> None:
    import sqlalchemy as sa

    world = simulate(WorldSettings(leads=1_500, seed=1))
    address = f"sqlite:///{tmp_path / 'crm.db'}"
    engine = sa.create_engine(address)
    for name in ("leads", "events", "outcomes"):
        table = getattr(world, name)
        moments = table.select_dtypes("datetimetz").columns
        table.assign(**{at: table[at].astype("str").replace("NaT", None) for at in moments}).to_sql(
            name, engine, index=False
        )
    engine.dispose()
    source, schema = world_history(address, world.settings), world_schema()
    history = check_history(source, schema, world.settings.end, tmp_path).history
    findings = audit(history, read_columns(source, schema, tmp_path, history))
    assert {finding.field for finding in findings} == set(TRAPS)


def ranking(auc: float, name: str, seed: int) -> AuditedColumn:
    """Return a column of numbers that puts a won lead first in about this share of pairs."""
    rng = np.random.default_rng(seed)
    gap = {0.55: 0.18, 0.75: 0.95}[auc]
    return column(code_numbers(rng.normal(size=N) + gap * FATES.won), name=name)


def test_a_column_out_of_line_with_its_peers_is_asked_about() -> None:
    """Four columns rank 55 % of pairs, one 75 %: no limit of its own is passed, and yet it is not like them."""
    honest = [ranking(0.55, f"honest {at}", at) for at in range(4)]
    findings = audit(HISTORY, [*honest, ranking(0.75, "price", 9)])
    assert [(finding.field, finding.severity) for finding in findings] == [("price", "suspicious")]
    assert "the best of the other columns, 'honest" in findings[0].evidence


def test_several_strong_columns_among_few_are_in_line() -> None:
    strong = [ranking(0.75, f"strong {at}", at) for at in range(3)]
    assert audit(HISTORY, [*strong, ranking(0.55, "weak", 9)]) == ()


def test_an_id_that_is_given_for_won_leads_above_all_is_suspicious() -> None:
    """60 % of the won leads have a number of a contract, and 15 % of the others; of an answer that would be no sign."""
    given = np.where(FATES.won, RNG.random(N) < 0.6, RNG.random(N) < 0.15)
    ids = texts([f"C-{at:05d}" if has else None for at, has in enumerate(given)])
    words = texts([("red", "green")[at % 2] if has else None for at, has in enumerate(given)])
    assert severity(ids) == "suspicious"
    assert severity(words) is None


def test_undated_columns_come_the_strongest_first_and_say_once_what_settles_it() -> None:
    undated = [replace(ranking(0.55, "weak", 1), dated=False), replace(ranking(0.75, "strong", 2), dated=False)]
    findings = audit(HISTORY, undated)
    assert [finding.field for finding in findings] == ["strong", "weak"]
    assert {finding.severity for finding in findings} == {"undated"}
    assert len({finding.remedy for finding in findings}) == 1
    assert "a second export of leads that are open today" in findings[0].remedy


def test_gain_tells_a_column_that_adds_from_one_that_does_not() -> None:
    used = [ranking(0.55, "used", 1)]
    adds, noise = ranking(0.75, "adds", 2), column(code_numbers(np.random.default_rng(5).normal(size=N)), name="noise")
    of_adds, of_noise, of_both = gains(used, [[adds], [noise], [adds, noise]], FATES)
    assert of_adds.is_sure
    assert not of_noise.is_sure
    assert of_both.columns == ("adds", "noise")
    assert of_adds.log_loss > 10 * abs(of_noise.log_loss)
    assert str(of_adds).startswith("would save ")
    assert "chance" in str(of_noise) or str(of_noise).startswith("would cost")


def test_gain_is_not_told_of_too_few_outcomes() -> None:
    few = company(n=60)
    assert gains([], [[column(code_numbers(np.zeros(60)))]], fates_of(few)) == ()


def test_gains_are_of_the_fields_that_settings_do_not_admit() -> None:
    schema = LeadSchema(
        fields={
            "budget": BUDGET,
            "size": LeadField(role="profile", type="number"),
            "age": LeadField(role="profile", type="number", obstacle="trust", admitted=True),
            "month": LeadField(role="context", type="number"),
        }
    )
    rng = np.random.default_rng(3)
    fields = {name: rng.integers(0, 5, N).astype(np.float64) for name in schema.fields}
    history = replace(HISTORY, schema=schema, leads=replace(HISTORY.leads, fields=fields))
    assert [gain.columns for gain in gains_of(history)] == [("size",), ("month",), ("size", "month")]


def test_gain_that_rounds_to_nothing_has_no_sign() -> None:
    assert "told from chance: 0.0 % of the log loss" in str(Gain(("country",), -0.0001, 0.001, 0.4))
    assert "told from chance: -0.1 % of the log loss" in str(Gain(("country",), -0.0003, 0.001, 0.4))


def test_rows_that_are_parts_of_others_are_audited_as_the_records_that_they_make(tmp_path: Path) -> None:
    """Columns keep the export's names; of a quote of several rows the amounts add up, and a row without an id goes on with the one above."""
    rows = ["No;Made;Total;Note"]
    for lead in range(40):
        rows += [f"Q{lead};2026-01-{lead % 28 + 1:02};10;a", f"Q{lead};2026-01-{lead % 28 + 1:02};{lead};b", ";;;c"]
    (tmp_path / "quotes.csv").write_text("\n".join(rows), encoding="utf-8")
    outcomes = [f"Q{lead},2026-03-01,{'true' if lead % 2 else 'false'}" for lead in range(40)]
    (tmp_path / "outcomes.csv").write_text("\n".join(["lead_id,closed_at,won", *outcomes]), encoding="utf-8")
    schema = LeadSchema(horizon_days=90, fields={"total": LeadField(role="answer", type="number", obstacle="need")})
    leads = LeadsSource(
        table="quotes",
        columns={"lead_id": "No", "created_at": "Made", "total": "Total"},
        line_items=True,
        summed=("total",),
        continuation_rows=True,
    )
    source = HistorySource(source=str(tmp_path), leads=leads)
    history = check_history(source, schema, to_datetime(1_800_000_000_000_000), Path()).history

    audited = {each.name: each for each in read_columns(source, schema, Path(), history)}

    assert set(audited) == {"Total", "Note"}
    assert history.leads.fields["total"].tolist() == [10 + lead for lead in range(40)]
    assert (audited["Total"].coded.distinct, audited["Note"].coded.distinct) == (40, 1)
