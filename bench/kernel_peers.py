"""The features of `bench/kernel.py` written for DuckDB (two ways) and for pandas, each in its own best idiom.

They may assume what holds in the benchmark's history alone: no two events of a lead are recorded together, an answer that
is given later is never withdrawn, a lead has one outcome and one channel, `source`.
"""

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd

from features.matrix.track_record import MILLIONTHS
from features.records.clock import DAY, HOUR, SECOND
from features.records.history import Floats, History, Moments
from features.settings.fields import ACTORS
from features.settings.schema import LeadSchema

LEAD, REP = ACTORS.index("lead"), ACTORS.index("rep")
SPEAKERS = {"lead": LEAD, "rep": REP}
EVENT_COLUMNS = ("lead", "kind", "occurred_at", "recorded_at", "value", "actor")
OUTCOME_COLUMNS = ("lead", "closed_at", "recorded_at", "won")


class Tables:
    """A history and its moments as frames, and what the queries need to know of the schema."""

    def __init__(self, history: History, moments: Moments) -> None:
        leads = history.leads
        self.schema = history.schema
        self.closed_day = history.known_until // DAY - 1
        self.leads = pd.DataFrame({"lead": np.arange(len(leads)), "created_at": leads.created_at, **leads.fields})
        self.leads["source"] = pd.Series(leads.channels["source"], dtype="str")
        self.events = pd.DataFrame({name: getattr(history.events, name) for name in EVENT_COLUMNS})
        self.outcomes = pd.DataFrame({name: getattr(history.outcomes, name) for name in OUTCOME_COLUMNS})
        self.moments = pd.DataFrame({"row": np.arange(len(moments)), "lead": moments.lead, "as_of": moments.as_of})

    def load(self, threads: int) -> duckdb.DuckDBPyConnection:
        """Return a database in memory that holds the tables as its own."""
        database = duckdb.connect(config={"threads": threads})
        for name in ("leads", "events", "outcomes", "moments"):
            database.register("frame", getattr(self, name))
            database.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
            database.unregister("frame")
        return database


def duckdb_by_range_join(database: duckdb.DuckDBPyConnection, tables: Tables) -> None:
    """Join each moment to the events known by then, and aggregate with filters, into the table `result`."""
    schema, subjects = tables.schema, _subjects(tables.schema)
    counts = [
        f"count(*) FILTER ({test}{f' AND recorded_at > as_of - {days * DAY}' if days else ''}) AS {name}_{days}"
        for days in (*schema.lookback_days, 0)
        for name, test in subjects.items()
    ]
    known = f"""SELECT row, {", ".join((*counts, *_aggregates(schema, "")))},
        coalesce(max(touches), 0) - coalesce(max(touches) FILTER (actor = {LEAD}), 0) AS silence
        FROM moments JOIN facts USING (lead) WHERE recorded_at <= as_of GROUP BY row"""
    columns = [f"coalesce({name}_{days}, 0)" for days in (*schema.lookback_days, 0) for name in subjects]
    _finish(database, tables, f"known AS ({known})", "LEFT JOIN known USING (row)", columns)


def duckdb_by_asof_joins(database: duckdb.DuckDBPyConnection, tables: Tables) -> None:
    """Keep running totals with window functions, and find each moment's and each lookback's row by ASOF joins."""
    schema, subjects = tables.schema, _subjects(tables.schema)
    totals = [f"count(*) FILTER ({test}) OVER known AS {name}_0" for name, test in subjects.items()]
    running = f"""SELECT lead, recorded_at, {", ".join((*totals, *_aggregates(schema, "OVER known")))},
        touches - coalesce(max(touches) FILTER (actor = {LEAD}) OVER known, 0) AS silence
        FROM facts WINDOW known AS (PARTITION BY lead ORDER BY recorded_at ROWS UNBOUNDED PRECEDING)"""
    joins = [
        f"""ASOF LEFT JOIN (SELECT lead, recorded_at, {", ".join(f"{name}_0" for name in subjects)} FROM running) AS w{days}
        ON moments.lead = w{days}.lead AND moments.as_of - {days * DAY} >= w{days}.recorded_at"""
        for days in schema.lookback_days
    ]
    joins.insert(0, "ASOF LEFT JOIN running AS k ON moments.lead = k.lead AND moments.as_of >= k.recorded_at")
    columns = [
        f"coalesce(k.{name}_0, 0)" + (f" - coalesce(w{days}.{name}_0, 0)" if days else "")
        for days in (*schema.lookback_days, 0)
        for name in subjects
    ]
    _finish(database, tables, f"running AS MATERIALIZED ({running})", " ".join(joins), columns)


def _subjects(schema: LeadSchema) -> dict[str, str]:
    """Return what is counted, and the test of an event for it."""
    kinds = {name: f"kind = {schema.event_codes[name]}" for name in schema.kinds}
    return kinds | {name: f"actor = {code}" for name, code in SPEAKERS.items()}


def _aggregates(schema: LeadSchema, over: str) -> Iterator[str]:
    """Yield what is known of a lead's events, as aggregates or as running ones."""
    for name, test in _subjects(schema).items():
        yield f"max(occurred_at) FILTER ({test}) {over} AS {name}_last"
    for name in schema.answers:
        test = f"kind = {schema.event_codes[name]}"
        yield f"arg_max(value, recorded_at) FILTER ({test}) {over} AS {name}_changed"
        yield f"arg_max(occurred_at, recorded_at) FILTER ({test}) {over} AS {name}_changed_at"
    for name, code in SPEAKERS.items():
        yield f"min(occurred_at) FILTER (actor = {code}) {over} AS {name}_first"
        yield f"sum(taken) FILTER (actor = {code}) {over} AS {name}_taken"
        yield f"count(taken) FILTER (actor = {code}) {over} AS {name}_replies"
    yield f"count(*) FILTER (new_day) {over} AS active_days"


def _facts() -> str:
    """Return the query of events with what each adds to the conversation: these do not depend on the moment."""
    return f"""
        SELECT *, CASE WHEN speaks AND before_actor <> actor THEN greatest(occurred_at - before_at, 0) // {SECOND} END AS taken
        FROM (SELECT *, actor IN ({LEAD}, {REP}) AS speaks,
            lag(actor) OVER spoken AS before_actor, lag(occurred_at) OVER spoken AS before_at,
            actor = {LEAD} AND row_number() OVER of_day = 1 AS new_day,
            count(*) FILTER (actor = {REP}) OVER (PARTITION BY lead ORDER BY recorded_at ROWS UNBOUNDED PRECEDING) AS touches
        FROM events
        WINDOW spoken AS (PARTITION BY lead, actor IN ({LEAD}, {REP}) ORDER BY recorded_at),
            of_day AS (PARTITION BY lead, actor, occurred_at // {DAY} ORDER BY recorded_at))"""


def _finish(database: duckdb.DuckDBPyConnection, tables: Tables, known: str, join: str, counts: list[str]) -> None:
    """Compute the table `result`: `row`, and the features in the catalogue's order."""
    columns = (*_answer_columns(tables.schema), *counts, *_event_columns(tables.schema))
    names = [
        *(f"rate_{days}" for days in tables.schema.track_record.days),
        f"came_{tables.schema.track_record.days[0]}",
    ]
    rates = [*(f"everyone.{name}" for name in names), *(f"record.{name}" for name in names), "record.lift"]
    named = ", ".join(f"({column})::FLOAT AS c{number}" for number, column in enumerate((*columns, *rates)))
    day = f"least(as_of // {DAY} - 1, {tables.closed_day})"
    database.execute(f"""
        CREATE OR REPLACE TEMP TABLE result AS
        WITH facts AS ({_facts()}), {known}, {_books(tables)}
        SELECT row, {named} FROM moments JOIN leads ON moments.lead = leads.lead {join}
        JOIN everyone ON everyone.day = {day} JOIN record ON record.day = {day} AND record.source = leads.source""")


def _answer_columns(schema: LeadSchema) -> Iterator[str]:
    values = [f"coalesce({name}_changed, leads.{name})" for name in schema.answers]
    given = [f"({value} IS NOT NULL)::INT" for value in values]
    yield from (*values, *given)
    for name, is_given in zip(schema.answers, given, strict=True):
        yield f"CASE WHEN {is_given} = 1 THEN (as_of - coalesce({name}_changed_at, created_at)) / {DAY} END"
    yield " + ".join(given)
    yield f"(as_of - created_at) / {DAY}"


def _event_columns(schema: LeadSchema) -> Iterator[str]:
    for name in _subjects(schema):
        yield f"(as_of - {name}_last) / {DAY}"
    for name in SPEAKERS:
        yield f"CASE WHEN {name}_first IS NOT NULL THEN greatest({name}_first - created_at, 0) / {DAY} END"
    yield """CASE WHEN lead_last IS NOT NULL AND rep_last IS NOT NULL THEN (lead_last >= rep_last)::INT
        WHEN lead_last IS NOT NULL THEN 1 WHEN rep_last IS NOT NULL THEN 0 END"""
    for name in SPEAKERS:
        yield f"{name}_taken / nullif({name}_replies, 0) / {HOUR // SECOND}"
    yield "coalesce(active_days, 0)"
    yield "coalesce(silence, 0)"


def _books(tables: Tables) -> str:
    """Return the queries of `everyone` (day, rates) and `record` (source, day, rates)."""
    settings = tables.schema.track_record
    days, prior = settings.days, settings.prior_leads
    matured_at = f"created_at + {tables.schema.horizon_days * DAY}"
    share = f"(won_{days[0]} + {prior} * parent) / (settled_{days[0]} + {prior})"
    lift = f"(won_{days[-1]} + {settings.prior_won}) / (expected_{days[-1]} / {MILLIONTHS} + {settings.prior_won})"
    by_day = "SELECT day, sum(came) AS came, sum(settled) AS settled, sum(won) AS won, 0 AS expected FROM of_source GROUP BY day"
    above = f"SELECT day, rate_{days[-1]} AS parent FROM everyone"
    return f"""
        entries AS (
            SELECT source, created_at // {DAY} AS day, 1 AS came, 0 AS settled, 0 AS won FROM leads
            UNION ALL SELECT source, least(coalesce(recorded_at, {matured_at}), {matured_at}) // {DAY}, 0, 1, 0
            FROM leads LEFT JOIN outcomes USING (lead)
            UNION ALL SELECT source, recorded_at // {DAY}, 0, 0, 1 FROM leads JOIN outcomes USING (lead)
            WHERE won AND closed_at <= {matured_at}),
        daily AS (SELECT source, day, sum(came) AS came, sum(settled) AS settled, sum(won) AS won
            FROM entries WHERE day <= {tables.closed_day} GROUP BY ALL),
        calendar AS (SELECT source, unnest(range(first, {tables.closed_day} + 1)) AS day
            FROM (SELECT DISTINCT source FROM leads), (SELECT min(day) - 1 AS first FROM daily)),
        of_source AS (SELECT *, 0 AS expected FROM calendar LEFT JOIN daily USING (source, day)),
        everyone_sums AS (
            SELECT *, ever_won / nullif(ever_settled, 0) AS parent FROM ({_sums(days, "", f"({by_day})")})),
        everyone AS ({_rates(days, prior, "everyone_sums")}),
        expectation AS (SELECT day, round({share} * {MILLIONTHS})::BIGINT AS share FROM everyone_sums),
        to_expect AS (SELECT * REPLACE (settled * share AS expected) FROM of_source JOIN expectation USING (day)),
        record_sums AS (SELECT * FROM ({_sums(days, "PARTITION BY source", "to_expect")}) JOIN ({above}) USING (day)),
        record AS (SELECT *, {lift} AS lift FROM ({_rates(days, prior, "record_sums")}))"""


def _sums(days: tuple[int, ...], part: str, table: str) -> str:
    windows = [f"w{n} AS ({part} ORDER BY day RANGE BETWEEN {n - 1} PRECEDING AND CURRENT ROW)" for n in days]
    windows.append(f"ever AS ({part} ORDER BY day ROWS UNBOUNDED PRECEDING)")
    names = [
        f"coalesce(sum({name}) OVER w{n}, 0) AS {name}_{n}"
        for n in days
        for name in ("came", "settled", "won", "expected")
    ]
    names += [f"coalesce(sum({name}) OVER ever, 0) AS ever_{name}" for name in ("settled", "won")]
    return f"SELECT *, {', '.join(names)} FROM {table} WINDOW {', '.join(windows)}"


def _rates(days: tuple[int, ...], prior: float, table: str) -> str:
    """Return the query of rates, each shrunk toward the next longer one, one select within the other."""
    query, above = f"SELECT * FROM {table}", "parent"
    for window in reversed(days):
        rate = f"(won_{window} + {prior} * {above}) / (settled_{window} + {prior})"
        query, above = f"SELECT *, {rate} AS rate_{window} FROM ({query})", f"rate_{window}"
    return query


def pandas_by_merge_asof(tables: Tables) -> Floats:
    """Keep running totals by `groupby`, find each moment's and each lookback's row by `merge_asof`; (rows, features)."""
    schema, events = tables.schema, _pandas_facts(tables)
    moments = tables.moments.merge(tables.leads, on="lead").sort_values("as_of", ignore_index=True)
    known = pd.merge_asof(moments, events, left_on="as_of", right_on="recorded_at", by="lead")
    totals = [f"{name}_0" for name in (*schema.kinds, *SPEAKERS)]
    now = known[totals].fillna(0).to_numpy()
    counts = [
        now - _pandas_totals(moments, events[["lead", "recorded_at", *totals]], days) for days in schema.lookback_days
    ]
    rates = _pandas_rates(tables, moments)
    columns = (*_pandas_answers(schema, known), *counts, now, *_pandas_conversation(schema, known), rates)
    matrix = np.empty((len(moments), sum(np.shape(column)[1] for column in columns)), np.float32)
    matrix[moments["row"].to_numpy()] = np.concatenate(columns, axis=1)
    return matrix


def _pandas_facts(tables: Tables) -> pd.DataFrame:
    """Return events in the order of recording, each with all that was known of its lead by then."""
    events = tables.events.sort_values("recorded_at", ignore_index=True)
    lead, time = events["lead"], events["occurred_at"]
    marks = {
        name: events["kind"] == tables.schema.event_codes[name]
        for name in (*tables.schema.kinds, *tables.schema.answers)
    }
    marks |= {name: events["actor"] == code for name, code in SPEAKERS.items()}
    amounts = {f"{name}_0": marks[name] for name in (*tables.schema.kinds, *SPEAKERS)} | _pandas_replies(events)
    amounts["active_days"] = marks["lead"] & ~events.assign(day=time // DAY).duplicated(["lead", "actor", "day"])
    facts = pd.DataFrame(amounts).astype(np.int64).groupby(lead, sort=False).cumsum()
    last = pd.DataFrame({f"{name}_last": time.where(marks[name]) for name in (*tables.schema.kinds, *SPEAKERS)})
    first = pd.DataFrame({f"{name}_first": time.where(marks[name]) for name in SPEAKERS})
    held = last.groupby(lead, sort=False).cummax().join(first.groupby(lead, sort=False).cummin())
    held["touches"] = facts["rep_0"].where(marks["lead"])
    for name in tables.schema.answers:
        held[f"{name}_changed"] = events["value"].where(marks[name])
        held[f"{name}_changed_at"] = time.where(marks[name])
    return events[["lead", "recorded_at"]].join(facts).join(held.groupby(lead, sort=False).ffill())


def _pandas_replies(events: pd.DataFrame) -> dict[str, "pd.Series[int]"]:
    """Return for each speaker which events are replies, and the seconds that they took."""
    spoken = events[events["actor"].isin(SPEAKERS.values())]
    before = spoken.groupby("lead", sort=False)[["actor", "occurred_at"]].shift()
    turn = before["actor"].notna() & (before["actor"] != spoken["actor"])
    taken = (spoken["occurred_at"] - before["occurred_at"])[turn].clip(lower=0) // SECOND
    columns = {}
    for name, code in SPEAKERS.items():
        mine = taken[spoken.loc[taken.index, "actor"] == code]
        columns[f"{name}_replies"] = pd.Series(1, mine.index).reindex(events.index, fill_value=0)
        columns[f"{name}_taken"] = mine.astype(np.int64).reindex(events.index, fill_value=0)
    return columns


def _pandas_totals(moments: pd.DataFrame, totals: pd.DataFrame, days: int) -> Floats:
    """Return the totals that were known so many days before each moment."""
    earlier = moments[["lead", "as_of"]].assign(as_of=moments["as_of"] - days * DAY)
    known = pd.merge_asof(earlier, totals, left_on="as_of", right_on="recorded_at", by="lead")
    return known.drop(columns=["lead", "as_of", "recorded_at"]).fillna(0).to_numpy(np.float64)


def _pandas_answers(schema: LeadSchema, known: pd.DataFrame) -> Iterator[Floats]:
    values = pd.DataFrame({name: known[f"{name}_changed"].fillna(known[name]) for name in schema.answers})
    given_at = pd.DataFrame({name: known[f"{name}_changed_at"].fillna(known["created_at"]) for name in schema.answers})
    given = values.notna()
    yield values.to_numpy(np.float64)
    yield given.to_numpy(np.float64)
    yield given_at.rsub(known["as_of"], axis=0).div(DAY).where(given).to_numpy(np.float64)
    yield given.sum(axis=1).to_numpy(np.float64)[:, None]
    yield ((known["as_of"] - known["created_at"]) / DAY).to_numpy(np.float64)[:, None]


def _pandas_conversation(schema: LeadSchema, known: pd.DataFrame) -> Iterator[Floats]:
    last = known[[f"{name}_last" for name in (*schema.kinds, *SPEAKERS)]]
    yield last.rsub(known["as_of"], axis=0).div(DAY).to_numpy(np.float64)
    first = known[[f"{name}_first" for name in SPEAKERS]]
    yield first.sub(known["created_at"], axis=0).clip(lower=0).div(DAY).to_numpy(np.float64)
    by_lead, by_rep = known["lead_last"], known["rep_last"]
    spoke_last = (by_lead.notna() & (by_rep.isna() | (by_lead >= by_rep))).astype(np.float64)
    spoke_last = spoke_last.where(by_lead.notna() | by_rep.notna())
    yield np.asarray(spoke_last, np.float64)[:, None]
    for name in SPEAKERS:
        hours = known[f"{name}_taken"] / known[f"{name}_replies"].where(known[f"{name}_replies"] > 0) / (HOUR // SECOND)
        yield hours.to_numpy(np.float64)[:, None]
    yield known[["active_days"]].fillna(0).to_numpy(np.float64)
    yield (known["rep_0"] - known["touches"].fillna(0)).fillna(0).to_numpy(np.float64)[:, None]


def _pandas_rates(tables: Tables, moments: pd.DataFrame) -> Floats:
    """Return the records of everyone and of each moment's source."""
    daily = _pandas_daily(tables)
    settings = tables.schema.track_record
    days, prior = settings.days, settings.prior_leads
    everyone = daily.T.groupby(level="name").sum().T
    ever = everyone[["settled", "won"]].cumsum()
    ever_rate = ever["won"] / ever["settled"].where(ever["settled"] > 0)
    whole = _pandas_record(everyone, days, prior, ever_rate)
    recent = everyone[["settled", "won"]].rolling(days[0], min_periods=1).sum()
    share = ((recent["won"] + prior * ever_rate) / (recent["settled"] + prior) * MILLIONTHS).round().fillna(
        0
    ) / MILLIONTHS
    sources = daily.columns.unique("source")
    records = []
    for name in sources:
        own = pd.DataFrame(daily.T.xs(name, level="source").T)
        record = _pandas_record(own, days, prior, whole[days[-1]])
        longest = own.assign(expected=own["settled"] * share).rolling(days[-1], min_periods=1).sum()
        lift = (longest["won"] + settings.prior_won) / (longest["expected"] + settings.prior_won)
        records.append(record.assign(lift=lift))
    day = (moments["as_of"] // DAY - 1).clip(upper=tables.closed_day) - daily.index[0]
    of_source = np.stack([record.to_numpy() for record in records])
    source = sources.get_indexer(pd.Index(moments["source"]))
    return np.concatenate((whole.to_numpy()[day], of_source[source, day]), axis=1)


def _pandas_daily(tables: Tables) -> pd.DataFrame:
    """Return (days, source and name) how many leads came, were settled and won on each day."""
    leads = tables.leads.merge(tables.outcomes, on="lead", how="left")
    matured_at = leads["created_at"] + tables.schema.horizon_days * DAY
    won = leads[leads["won"].eq(True) & (leads["closed_at"] <= matured_at)]
    times = {
        "came": leads["created_at"],
        "settled": leads["recorded_at"].fillna(matured_at).clip(upper=matured_at),
        "won": won["recorded_at"],
    }
    entries = pd.concat({name: (time // DAY).astype(np.int64) for name, time in times.items()}, names=["name", "at"])
    keys = [
        entries,
        leads["source"].loc[entries.index.get_level_values("at")].to_numpy(),
        entries.index.get_level_values("name"),
    ]
    daily = entries.groupby(keys).size().unstack([1, 2], fill_value=0)
    daily.columns.names = ["source", "name"]
    return daily.reindex(range(int(daily.index.min()) - 1, tables.closed_day + 1), fill_value=0)


def _pandas_record(
    daily: pd.DataFrame, days: tuple[int, ...], prior: float, parent: "pd.Series[float]"
) -> pd.DataFrame:
    record = pd.DataFrame({"came": daily["came"].rolling(days[0], min_periods=1).sum()})
    for window in reversed(days):
        sums = daily.rolling(window, min_periods=1).sum()
        parent = (sums["won"] + prior * parent) / (sums["settled"] + prior)
        record.insert(0, window, parent)
    return record
