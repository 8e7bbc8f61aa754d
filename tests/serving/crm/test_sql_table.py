"""A table of any database: made where it is not there, a row a lead, and no password in an error."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from bench.harness.crm_stand_in import StandIn
from serving.crm.http import CrmError, CrmTokenError
from serving.settings.crm import CrmSettings
from tests.serving.crm.conftest import Desk
from tests.serving.crm.test_writeback import answer, probability


def rows(url: str) -> dict[str, sa.Row[tuple[object, ...]]]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = {row.lead_id: row for row in connection.execute(sa.text("SELECT * FROM lead_scores"))}
    engine.dispose()
    return found


def entry(url: str, **more: object) -> CrmSettings:
    return CrmSettings.model_validate({"name": "table", "vendor": "sql", "state": "on", "address": url, **more})


def test_scores_come_into_a_table(desk: Desk) -> None:
    url = str(desk.store.engine.url.render_as_string(hide_password=False))  # beside the store's own tables
    desk.add("17", "L-18")
    assert desk.round(entry(url), StandIn()).made == ["lead_scores"]
    assert rows(url)["L-18"].probability == pytest.approx(probability(desk, "L-18"), abs=5e-4)
    assert rows(url)["17"].route in ("rep", "qualify", "nurture", "decline")
    answer(desk, "17", "over 50,000")
    assert desk.round(entry(url), StandIn()).written == 1
    assert rows(url)["17"].probability == pytest.approx(probability(desk, "17"), abs=5e-4)
    assert len(rows(url)) == 2


def test_a_row_that_the_database_refuses_keeps_no_other_from_being_written(desk: Desk) -> None:
    url = str(desk.store.engine.url.render_as_string(hide_password=False))
    with desk.store.engine.begin() as connection:
        columns = "lead_id VARCHAR(255) PRIMARY KEY CHECK (length(lead_id) < 4), probability FLOAT"
        connection.execute(sa.text(f"CREATE TABLE lead_scores ({columns})"))
    names = dict.fromkeys(("route", "step", "question", "reasons", "scored_at"), "")
    desk.add("17", "L-18", "19")
    report = desk.round(entry(url, properties=names), StandIn())

    assert sorted(rows(url)) == ["17", "19"]
    assert report.written == 2
    (refused,) = report.troubles
    assert refused == "L-18"
    assert report.troubles["L-18"].startswith("refused: ")
    assert "L-18" not in report.troubles["L-18"]
    assert desk.round(entry(url, properties=names), StandIn()).planned == []
    answer(desk, "17", "over 50,000")
    assert desk.round(entry(url, properties=names), StandIn()).written == 1


TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER guard BEFORE INSERT ON lead_scores WHEN new.lead_id = 'L-18' BEGIN SELECT RAISE(ABORT, 'not here'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN IF new.lead_id = ''L-18'' THEN RAISE EXCEPTION ''not here''; END IF; RETURN new; END'",
        "CREATE TRIGGER guard BEFORE INSERT ON lead_scores FOR EACH ROW EXECUTE FUNCTION guard()",
    ),
}


def test_a_row_that_a_trigger_refuses_is_set_aside_once_another_shows_that_the_table_works(desk: Desk) -> None:
    url = str(desk.store.engine.url.render_as_string(hide_password=False))
    desk.round(entry(url), StandIn())
    with desk.store.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE lead_scores (lead_id VARCHAR(255) PRIMARY KEY, probability FLOAT)"))
        for statement in TRIGGERS[desk.store.engine.dialect.name]:
            connection.execute(sa.text(statement))
    names = dict.fromkeys(("route", "step", "question", "reasons", "scored_at"), "")
    desk.add("L-18")
    with suppress(
        CrmError
    ):  # alone it may be the table that takes nothing: PostgreSQL says of a trigger no more than that
        desk.round(entry(url, properties=names), StandIn())
    desk.add("17")
    report = desk.round(entry(url, properties=names), StandIn())

    assert list(rows(url)) == ["17"]
    assert report.troubles.get("L-18", "refused: not here") == "refused: not here"
    assert desk.round(entry(url, properties=names), StandIn()).planned == []


def test_a_table_that_takes_no_row_at_all_sets_nobody_aside(desk: Desk) -> None:
    url = str(desk.store.engine.url.render_as_string(hide_password=False))
    desk.add("17", "19")
    desk.round(entry(url), StandIn())
    with desk.store.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE lead_scores RENAME COLUMN probability TO chance"))
    answer(desk, "17", "over 50,000")
    with pytest.raises(CrmError, match="probability"):
        desk.round(entry(url), StandIn())
    with desk.store.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE lead_scores RENAME COLUMN chance TO probability"))
    assert desk.round(entry(url), StandIn()).written == 1


def test_a_table_that_lacks_a_column_is_left_as_it_is(quick: Desk, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'scores.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE lead_scores (lead_id TEXT PRIMARY KEY, chance FLOAT)"))
    engine.dispose()
    quick.add("17")
    names = {"probability": "chance", "route": "", "step": "", "question": "", "reasons": ""}
    with pytest.raises(CrmError, match="must have a column 'scored_at', got none: add it"):
        quick.round(entry(url, properties=names), StandIn())
    assert quick.round(entry(url, properties={**names, "scored_at": ""}), StandIn()).written == 1
    assert rows(url)["17"].chance == pytest.approx(probability(quick, "17"), abs=5e-4)


def test_the_password_stands_in_the_environment_and_in_no_error(quick: Desk) -> None:
    settings = entry("postgresql+psycopg://nobody@127.0.0.1:9/none", token_variable="TABLE_PASSWORD")
    quick.add("17")
    with pytest.raises(CrmTokenError, match="must have TABLE_PASSWORD"):
        quick.round(settings, StandIn())
    with pytest.raises(CrmError, match="must be reachable and work") as caught:
        quick.round(settings.model_copy(update={"token_variable": "CRM_SECRET"}), StandIn())
    assert "a secret" not in str(caught.value)
