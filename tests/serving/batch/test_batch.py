"""Files of leads: every format scores as requests do, no row is lost or spoils another, and nothing is taken for granted in silence."""

import csv
import gc
import gzip
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.records.leads.checking import read_lead, to_history
from features.records.reading import ReadingError
from features.settings.source import EventsSource, HistorySource, JoinSource, LeadsSource, Test
from models.close.frames import score_frame
from models.close.reasons.explanation import score
from serving.batch import OUTPUT, Choices, Progress, SameFileError, UnknownFormatError, score_file
from tests.models.company import model

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
SCHEMA = model().schema
FIELDS = [name for name, field in SCHEMA.fields.items() if field.role != "late"]
NUMBER = next(name for name in FIELDS if SCHEMA.fields[name].type == "number")
EXPORT = HistorySource(source=".")
NOTHING_CHOSEN = Choices()
CREATED = "2026-08-29T00:00:00Z"
EVENTS = [
    {"kind": "visit", "occurred_at": "2026-08-30T10:00:00Z"},
    {"kind": "budget", "occurred_at": "2026-08-31T00:00:00Z", "text": "none"},
]
LEADS: list[dict[str, Any]] = [
    {"lead_id": "A", "created_at": CREATED, "fields": {"source": "podcast", "budget": "none"}, "events": EVENTS},
    {"lead_id": "B", "created_at": CREATED, "fields": {"wants_contact": True}, "events": []},
]


def flat(lead: dict[str, Any], **changed: Any) -> dict[str, Any]:
    cells = {"lead_id": lead["lead_id"], "created_at": lead["created_at"], **dict.fromkeys(FIELDS)}
    return {**cells, **lead["fields"], "events": json.dumps(lead["events"]), **changed}


def write_csv(path: Path, rows: list[dict[str, Any]], tail: bytes = b"", **written: Any) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), **written)
        writer.writeheader()
        writer.writerows(rows)
    with path.open("ab") as file:
        file.write(tail)
    return path


def write_workbook(path: Path, rows: list[dict[str, Any]]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in ([*rows[0]], *([*cells.values()] for cells in rows)):
        sheet.append(row)
    book.save(path)
    return path


def write_lines(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def scored(
    source: Path, choices: Choices = NOTHING_CHOSEN, export: HistorySource = EXPORT
) -> tuple[list[dict[str, Any]], Progress]:
    target = source.with_name("scores.parquet")
    *_, last = score_file(model(), source, target, NOW, export, choices)
    return pq.read_table(target).to_pylist(), last


def expected(leads: list[dict[str, Any]]) -> list[float]:
    records = [read_lead(SCHEMA, lead, NOW) for lead in leads]
    return [one.probability for one in score(model(), *to_history(SCHEMA, records))]


def problems_of(row: dict[str, Any]) -> list[dict[str, str]]:
    problems: list[dict[str, str]] = json.loads(row["problem"])
    return problems


@pytest.fixture(autouse=True)
def _uncollected() -> Iterator[None]:
    """Hypothesis listens to the garbage collector, in Python: no room is left for that where texts are nested too deep."""
    gc.disable()
    yield
    gc.enable()


# One way from a row to a score


@pytest.fixture(params=["csv", "parquet", "jsonl", "xlsx"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"leads.{request.param}"
    if request.param == "csv":
        write_csv(path, [flat(lead) for lead in LEADS])
    elif request.param == "parquet":
        pq.write_table(pa.Table.from_pylist([{**flat(lead), "events": lead["events"]} for lead in LEADS]), path)
    elif request.param == "xlsx":
        write_workbook(path, [flat(lead) for lead in LEADS])
    else:
        write_lines(path, *(json.dumps(lead).encode() for lead in LEADS))
    return path


def test_a_file_is_scored_as_its_leads_are_in_requests(source: Path) -> None:
    rows, last = scored(source)
    assert [row["lead_id"] for row in rows] == ["A", "B"]
    assert [row["probability"] for row in rows] == expected(LEADS)
    assert (last.scored, last.broken, last.lost) == (2, 0, 0)
    assert last.done == last.total > 0


def test_a_file_is_scored_as_its_frame_is(tmp_path: Path) -> None:
    cells = [flat(lead) for lead in LEADS]
    rows, _ = scored(write_csv(tmp_path / "leads.csv", cells))
    assert [row["probability"] for row in rows] == score_frame(model(), pd.DataFrame(cells), NOW)[
        "probability"
    ].tolist()


def test_only_the_settings_say_which_words_stand_for_nothing(tmp_path: Path) -> None:
    rows, _ = scored(write_csv(tmp_path / "leads.csv", [flat(LEADS[1], lead_id="NA", budget="null")]))
    assert rows[0]["lead_id"] == "NA"
    assert problems_of(rows[0])[0]["field"] == "fields.budget"
    assert problems_of(rows[0])[0]["value"] == "'null'"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_csv_file_is_read_as_the_export_is_written(tmp_path: Path, encoding: str) -> None:
    path = write_csv(tmp_path / "leads.csv", [flat(LEADS[0], lead_id="Zoë; Ltd")], delimiter=";")
    path.write_bytes(path.read_bytes().decode().encode(encoding))
    rows, _ = scored(path, export=HistorySource(source=".", encoding=encoding, delimiter=";"))
    assert [(row["lead_id"], row["probability"]) for row in rows] == [("Zoë; Ltd", expected(LEADS[:1])[0])]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_ids_and_numbers_are_read_as_the_history_s_are(tmp_path: Path, ending: str) -> None:
    cells = {name: cell for name, cell in flat(LEADS[0], lead_id=" 1000.0").items() if name != "events"}
    happened = [{"lead_id": "1000", **event} for event in EVENTS]
    write = write_csv if ending == "csv" else write_workbook
    path, events = write(tmp_path / f"leads.{ending}", [cells | {NUMBER: "1.200"}]), tmp_path / f"events.{ending}"
    write(
        events, [{name: event.get(name) for name in ("lead_id", "kind", "occurred_at", "text")} for event in happened]
    )
    leads = LeadsSource(table="leads", decimals={NUMBER: ","})
    table = EventsSource(table="events")

    export = HistorySource(source=".", leads=leads, events=(table,), id_form=("strip", "integer"))
    rows, last = scored(path, Choices(events=events), export)

    told = {**LEADS[0], "fields": {**LEADS[0]["fields"], NUMBER: 1200}}
    assert [(row["lead_id"], row["probability"]) for row in rows] == [("1000", expected([told])[0])]
    assert last.notes == ()


def test_times_are_read_in_the_history_s_own_form(tmp_path: Path) -> None:
    rows = [
        flat(LEADS[1], created_at="29/08/2026", as_of="31/08/2026"),
        flat(LEADS[1], created_at="08/29/2026", as_of=""),
        flat(LEADS[1], created_at=" 29/08/2026", as_of=""),
    ]
    export = EXPORT.model_copy(update={"time_format": "%d/%m/%Y"})
    first, second, third = scored(write_csv(tmp_path / "leads.csv", rows), export=export)[0]
    assert (first["problem"], first["as_of"]) == (None, "2026-08-31T00:00:00+00:00")
    assert [(one["field"], one["rule"]) for one in problems_of(second)] == [
        ("created_at", "must be a time of the form '%d/%m/%Y'")
    ]
    assert [third["probability"]] == expected([{**LEADS[1], "created_at": "2026-08-29"}])


def test_times_that_no_calendar_has_spoil_their_row_alone(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([flat(lead, as_of=None) for lead in LEADS])
    times = pa.array([2**62, None], pa.timestamp("us", "UTC"))
    pq.write_table(table.set_column(table.column_names.index("as_of"), "as_of", times), tmp_path / "leads.parquet")
    rows, _ = scored(tmp_path / "leads.parquet")
    assert [one["field"] for one in problems_of(rows[0])] == ["as_of"]
    assert rows[1]["probability"] == expected(LEADS)[1]


# The file of scores


@pytest.mark.parametrize("target", ["leads.csv", "./leads.csv", "link.csv"])
def test_scores_never_take_the_place_of_the_leads(tmp_path: Path, target: str) -> None:
    path = write_csv(tmp_path / "leads.csv", [flat(lead) for lead in LEADS])
    (tmp_path / "link.csv").symlink_to(path)
    before = path.read_bytes()
    with pytest.raises(SameFileError, match="must not take the place of"):
        list(score_file(model(), path, tmp_path / target, NOW, EXPORT))
    assert path.read_bytes() == before


def test_scores_never_take_the_place_of_the_events(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "leads.csv", [flat(lead) for lead in LEADS])
    events = write_csv(tmp_path / "events.csv", [{"lead_id": "A", "kind": "visit", "occurred_at": CREATED}])
    with pytest.raises(SameFileError, match=r"events\.csv"):
        list(score_file(model(), path, events, NOW, EXPORT, Choices(events=events)))


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_an_interrupted_scoring_leaves_what_was_there(tmp_path: Path, ending: str) -> None:
    path = write_csv(tmp_path / "leads.csv", [flat(lead) for lead in LEADS])
    target = tmp_path / f"scores.{ending}"
    target.write_text("of last week", encoding="utf-8")
    scoring = score_file(model(), path, target, NOW, EXPORT)
    assert next(iter(scoring)).scored == 2
    assert target.read_text(encoding="utf-8") == "of last week"
    scoring.close()  # type: ignore[attr-defined]
    assert target.read_text(encoding="utf-8") == "of last week"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["leads.csv", target.name]


def test_nothing_is_written_before_something_is_read(tmp_path: Path) -> None:
    path = tmp_path / "leads.parquet"
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(ReadingError, match="cannot be read as Parquet"):
        list(score_file(model(), path, tmp_path / "scores.csv", NOW, EXPORT))
    assert [file.name for file in tmp_path.iterdir()] == ["leads.parquet"]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_no_leads_are_no_scores(tmp_path: Path, ending: str) -> None:
    path = write_csv(tmp_path / "leads.csv", [flat(LEADS[0])])
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0], encoding="utf-8")
    target = tmp_path / f"scores.{ending}"
    *_, last = score_file(model(), path, target, NOW, EXPORT)
    assert last.scored == 0
    if ending == "parquet":
        assert pq.read_table(target).schema.equals(OUTPUT)


def test_a_folder_that_is_not_there_is_named_before_anything_is_read(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "leads.csv", [flat(LEADS[0])])
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*made"):
        list(score_file(model(), path, tmp_path / "made" / "scores.csv", NOW, EXPORT))


# Columns


def test_a_missing_column_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    row = flat(LEADS[0])
    row["Budgett"] = row.pop("budget")
    path = write_csv(tmp_path / "leads.csv", [row])
    with pytest.raises(ReadingError, match=r"no column 'budget'.* did you mean 'Budgett'\?.*--allow-missing"):
        scored(path)
    rows, last = scored(path, Choices(allow_missing=True))
    assert rows[0]["probability"] is not None
    assert last.notes == (
        "leads.csv: missing, and taken as not known: 'budget' did you mean 'Budgett'?.",
        "leads.csv: columns not looked at: 'Budgett'.",
    )


def test_a_file_of_something_else_is_no_file_of_leads(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "leads.csv", [{"name": "Ada", "city": "Turin"}])
    with pytest.raises(ReadingError, match=r"no column 'lead_id'.*Also missing: 'created_at'"):
        scored(path)


def test_columns_are_found_under_the_export_s_names_and_the_unused_listed(tmp_path: Path) -> None:
    row = flat(LEADS[0], shoe_size="43")
    row["What budget?"] = row.pop("budget")
    late = next(iter(SCHEMA.by_role("late")))
    leads = LeadsSource(table="leads", columns={"budget": "What budget?", late: "Won on"})
    rows, last = scored(write_csv(tmp_path / "leads.csv", [row]), export=HistorySource(source=".", leads=leads))
    assert [rows[0]["probability"]] == expected(LEADS[:1])
    assert last.notes == ("leads.csv: columns not looked at: 'shoe_size'.",)


# Events


def test_a_table_must_say_what_happened_to_its_leads(tmp_path: Path) -> None:
    row = flat(LEADS[0])
    del row["events"]
    path = write_csv(tmp_path / "leads.csv", [row])
    with pytest.raises(ReadingError, match=r"a column 'events'.*--events FILE.*--no-events"):
        scored(path)
    rows, _ = scored(path, Choices(no_events=True))
    assert [rows[0]["probability"]] == expected([{**LEADS[0], "events": []}])


def test_events_are_told_once(source: Path) -> None:
    with pytest.raises(ReadingError, match=r"keep one|leave out"):
        scored(source, Choices(no_events=True))


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_events_of_a_file_are_joined_as_the_history_s_are(tmp_path: Path, ending: str) -> None:
    rows = [{name: cell for name, cell in flat(lead).items() if name != "events"} for lead in LEADS]
    happened: list[dict[str, Any]] = [
        {"who": "A", "kind": "budget", "occurred_at": "31.08.2026", "text": "none", "value": None},
        {"who": "Z", "kind": "page_view", "occurred_at": "30.08.2026", "text": None, "value": None},
        {"who": "A", "kind": "page_view", "occurred_at": "30.08.2026", "text": None, "value": None},
        {"who": "A", "kind": "noise", "occurred_at": "30.08.2026", "text": None, "value": None},
    ]
    happened = [{**event, "rep_id": "R04", "agent_name": "desk", "agent_version": "1"} for event in happened]
    path, events = write_csv(tmp_path / "leads.csv", rows), tmp_path / f"events.{ending}"
    if ending == "csv":
        write_csv(events, happened)
    else:
        pq.write_table(pa.Table.from_pylist(happened), events)
    table = EventsSource(
        table="events",
        columns={"lead_id": "who"},
        kinds={"page_view": "visit"},
        ignore=("noise",),
        time_format="%d.%m.%Y",
    )
    found, last = scored(path, Choices(events=events), HistorySource(source=".", events=(table,)))
    told = [{**EVENTS[0], "occurred_at": "2026-08-30"}, EVENTS[1]]
    assert [row["probability"] for row in found] == expected([{**LEADS[0], "events": told}, LEADS[1]])
    assert last.notes == (f"events.{ending}: 1 events are of leads that are not in leads.csv.",)


def test_a_broken_event_spoils_its_lead_alone_and_one_of_nobody_is_named(tmp_path: Path) -> None:
    rows = [{name: cell for name, cell in flat(lead).items() if name != "events"} for lead in LEADS]
    happened = [
        {"lead_id": "A", "kind": "visit", "occurred_at": "soon"},
        {"lead_id": "B", "kind": "visit", "occurred_at": "2026-08-30"},
        {"lead_id": "", "kind": "visit", "occurred_at": "2026-08-30"},
    ]
    events = write_csv(tmp_path / "events.csv", happened, b"B,visit\r\n")
    (first, second), last = scored(write_csv(tmp_path / "leads.csv", rows), Choices(events=events))
    assert [(one["field"], one["value"]) for one in problems_of(first)] == [
        ("events.csv, row 2, occurred_at", "'soon'")
    ]
    assert second["problem"] is None
    assert (last.broken, last.lost) == (1, 2)
    assert [note.split(" must ")[0] for note in last.notes] == [
        "'events.csv, row 4, lead_id'",
        "'events.csv, row 5, row'",
    ]


# Rows that are none


@pytest.mark.parametrize(
    ("tail", "rule"),
    [
        (b"C,2026-08-29\r\n", r"must have \d+ cells"),
        (b"C,\xff\r\n", r"must have \d+ cells"),
        (b"\xff" + b"," * (len(FIELDS) + 2) + b"\r\n", "must be utf-8 text"),
        (b'"C"x' + b"," * (len(FIELDS) + 2) + b"\r\n", "must be CSV"),
        (b'"C' + b"," * (len(FIELDS) + 2) + b"\r\n", "must be CSV"),
        (b"C" + b"," * (len(FIELDS) + 2) + b"[{\r\n", "must be a list in JSON"),
        (b"C" + b"," * (len(FIELDS) + 2) + b"[" * 100_000 + b"\r\n", "must be a list in JSON"),
        (b"C" + b"," * (len(FIELDS) + 2) + rb'"[{""\ud800"": 1}]"' + b"\r\n", "must be one of"),
    ],
    ids=["ragged", "ragged and undecodable", "undecodable", "quote", "open quote", "events", "deep", "surrogate"],
)
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_broken_row_of_a_csv_file_spoils_no_other(tmp_path: Path, tail: bytes, rule: str, ending: str) -> None:
    path = write_csv(tmp_path / "leads.csv", [flat(lead) for lead in LEADS], b"\r\n" + tail)
    export = EXPORT.model_copy(update={"encoding": "utf-8"})  # a single strange byte would make it cp1252
    *_, last = score_file(model(), path, tmp_path / f"scores.{ending}", NOW, export)
    assert (last.scored, last.broken) == (3, 1)
    rows, _ = scored(path, export=export)
    assert [row["probability"] for row in rows[:2]] == expected(LEADS)
    assert rows[2]["row"] == 5  # the names, two leads and a blank row stand before it
    problem = problems_of(rows[2])[0]
    assert re.match(rule, problem["rule"])
    assert problem["remedy"]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"{", "must be JSON"),
        (b'{"fields": {}, "fields": {}}', "must give each name of an object once"),
        (rb'{"lead_id": "\ud800", "fields": {}}', "must have texts of whole characters other than null"),
        (b'{"lead_id": "\xff", "fields": {}}', "must be UTF-8"),
        (b"[" * 100_000, "must be nested at most 16 levels deep"),
        (b"[]", "must be an object"),
    ],
    ids=["cut off", "twice", "surrogate", "undecodable", "deep", "list"],
)
def test_a_broken_line_spoils_no_other(tmp_path: Path, line: bytes, rule: str) -> None:
    good = json.dumps(LEADS[1]).encode()
    rows, last = scored(write_lines(tmp_path / "leads.jsonl", good, b"", line, good))
    assert [row["row"] for row in rows] == [1, 3, 4]
    assert [row["probability"] for row in (rows[0], rows[2])] == expected([LEADS[1], LEADS[1]])
    assert problems_of(rows[1])[0]["rule"] == rule
    assert (last.scored, last.broken) == (3, 1)


def test_rows_keep_their_order_and_the_progress_rises_to_the_end(tmp_path: Path) -> None:
    leads = [{**LEADS[1], "lead_id": f"L{number}"} for number in range(4500)]
    path = write_csv(tmp_path / "leads.csv", [flat(lead) for lead in leads])
    steps = list(score_file(model(), path, tmp_path / "scores.parquet", NOW, EXPORT))
    assert [step.scored for step in steps] == [2000, 4000, 4500, 4500]
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert 0 < steps[0].done < steps[0].total == steps[-1].done == path.stat().st_size
    assert pq.read_table(tmp_path / "scores.parquet").column("lead_id").to_pylist() == [one["lead_id"] for one in leads]


def rows_of(target: Path) -> dict[str, dict[str, str]]:
    with target.open(encoding="utf-8") as file:
        return {row["lead_id"]: row for row in csv.DictReader(file)}


def scores_by_lead(
    source: Path, export: HistorySource, choices: Choices = NOTHING_CHOSEN
) -> tuple[dict[str, Any], list[str]]:
    target = source.parent / "scores.csv"
    *_, last = score_file(model(), source, target, NOW, export, choices)
    return rows_of(target), list(last.notes)


@pytest.mark.parametrize("ending", [".csv.gz", ".zip", ".tsv"])
def test_packed_files_are_scored_as_they_are_unpacked(tmp_path: Path, ending: str) -> None:
    rows = [flat(lead) for lead in LEADS]
    plain = write_csv(tmp_path / "plain.csv", rows)
    wanted, _ = scores_by_lead(plain, EXPORT)
    packed = tmp_path / f"leads{ending}"
    if ending == ".csv.gz":
        packed.write_bytes(gzip.compress(plain.read_bytes()))
    elif ending == ".tsv":
        write_csv(packed, rows, delimiter="\t")
    else:
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("any.csv", plain.read_bytes())

    found, _ = scores_by_lead(packed, EXPORT)

    assert {lead: row["probability"] for lead, row in found.items()} == {
        lead: row["probability"] for lead, row in wanted.items()
    }


def test_columns_of_joined_tables_and_the_first_of_several_are_read_as_the_history_s(tmp_path: Path) -> None:
    """The table that is joined lies with the history, until a newer one lies beside the leads."""
    history = tmp_path / "exports"
    history.mkdir()
    leads = LeadsSource(
        table="leads",
        columns={"budget": "account.spend"},
        first_of={"created_at": ("received", "entered")},
        joins={"account": JoinSource(table="accounts.csv", on="account_id", key="id")},
        leave_out_when=({"deleted": Test(values=("yes",))},),
    )
    export = HistorySource(source="exports", leads=leads, id_form=("integer",))
    rows = []
    for lead, account in zip(LEADS, ("7.0", "8"), strict=True):
        cells = flat(lead, account_id=account, received="", entered=CREATED)
        rows.append({name: cell for name, cell in cells.items() if name not in ("budget", "created_at")})
    file = write_csv(tmp_path / "new.csv", rows)
    write_csv(history / "accounts.csv", [{"id": 7, "spend": "none"}, {"id": 8, "spend": "over 50,000"}])
    plain = write_csv(tmp_path / "plain.csv", [flat(LEADS[0]), flat(LEADS[1], budget="over 50,000")])
    wanted, _ = scores_by_lead(plain, EXPORT)

    found, notes = scores_by_lead(file, export, Choices(folder=tmp_path))

    assert {lead: row["probability"] for lead, row in found.items()} == {
        lead: row["probability"] for lead, row in wanted.items()
    }
    assert any("2 of 2 rows that point to accounts.csv" in note for note in notes)
    write_csv(tmp_path / "accounts.csv", [{"id": 7, "spend": "none"}, {"id": 8, "spend": "none"}])
    newer, _ = scores_by_lead(file, export, Choices(folder=tmp_path))
    assert newer["A"]["probability"] == found["A"]["probability"]
    assert newer["B"]["probability"] != found["B"]["probability"]


def test_row_that_is_no_lead_is_left_out_and_a_broken_one_keeps_its_problem(tmp_path: Path) -> None:
    leads = LeadsSource(table="leads", leave_out_when=({"deleted": Test(values=("yes",))},))
    rows = [flat(lead, deleted=deleted) for lead, deleted in zip([*LEADS, LEADS[1]], ("no", "no", "yes"), strict=True)]
    rows[2]["lead_id"] = "C"
    file = write_csv(tmp_path / "leads.csv", rows, tail=b"D,too,few\r\n")

    found, notes = scores_by_lead(file, HistorySource(source=".", leads=leads))

    assert set(found) == {"A", "B", ""}
    assert "must have" in found[""]["problem"]
    assert any("1 rows passed over: left out by leave_out_when" in note for note in notes)
    missing = [{name: cell for name, cell in row.items() if name not in ("deleted", "budget")} for row in rows]
    other = write_csv(tmp_path / "other.csv", missing)
    with pytest.raises(ReadingError, match=r"no column 'budget'.*--allow-missing"):
        scores_by_lead(
            other,
            HistorySource(source=".", leads=leads.model_copy(update={"first_of": {"created_at": ("created_at",)}})),
        )


def test_an_unknown_ending_is_named(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "leads.csv", [flat(LEADS[0])])
    for source, target in ((path.with_suffix(".md"), "scores.csv"), (path, "scores.xlsx")):
        with pytest.raises(UnknownFormatError, match=r"must end in .csv, .*\.parquet, .*\.jsonl or \.ndjson, got"):
            list(score_file(model(), source, tmp_path / target, NOW, EXPORT))


def test_no_text_of_a_csv_file_of_scores_is_a_formula_and_other_files_hold_ids_as_they_are(tmp_path: Path) -> None:
    ids = ["=1+1", "x;@SUM(A1)", "-7", "plain"]
    path = write_csv(tmp_path / "leads.csv", [flat(LEADS[0], lead_id=text) for text in ids])
    for ending in ("csv", "jsonl"):
        list(score_file(model(), path, tmp_path / f"scores.{ending}", NOW, EXPORT))
    rows = list(csv.DictReader((tmp_path / "scores.csv").read_text(encoding="utf-8").splitlines()))
    lines = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["lead_id"] for row in rows] == ["'=1+1", "x;'@SUM(A1)", "'-7", "plain"]
    assert [line["lead_id"] for line in lines] == ids
    assert [json.loads(row["reasons"]) for row in rows] == [line["reasons"] for line in lines]
