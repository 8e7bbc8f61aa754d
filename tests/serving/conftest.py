"""A champion of a small simulated company, the app that answers with it, and a store in each of the databases."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from bench.harness.databases import postgres_schema
from bench.harness.keys import bearer, make_tokens
from features.records.checks import check_history
from features.simulation import WorldSettings, simulate, world_history, world_schema, write_world
from models.close.settings import BoosterSettings
from serving.api.openapi import example_lead
from serving.champion.champion import Champion, Deployment
from serving.runtime.app import create_app
from serving.settings.settings import ServiceSettings
from serving.store.keys import Role, Secret
from serving.store.schema import upgrade
from serving.store.store import Store, open_store
from tests.serving.stores import Schemas, copying
from training.fitting.decisions import fit_decider
from training.fitting.fit import fit_close_model
from training.judging.evaluate import evaluate
from training.rounds.artifacts import companions
from training.samples.dataset import prepare
from training.settings import TrainingSettings

Json = dict[str, Any]

WORLD = WorldSettings(leads=1_000, seed=3)
TRAINING = TrainingSettings(undetermined="left_out", booster=BoosterSettings(most_rounds=40))
LIMITS = ServiceSettings(most_bytes=100_000, most_leads=20)


@pytest.fixture(scope="session")
def champion(tmp_path_factory: pytest.TempPathFactory) -> Champion:
    """A champion that accepts at most 20 leads and 100,000 bytes."""
    folder = tmp_path_factory.mktemp("company")
    write_world(simulate(WORLD), folder)
    schema = world_schema(WORLD).model_copy(update={"time_zone": "Europe/Berlin"})
    checked = check_history(world_history(folder, WORLD), schema, datetime.now(UTC), Path())
    history = checked.history
    dataset = prepare(history, TRAINING)
    model = fit_close_model(dataset, TRAINING, history.known_until).model
    decider = fit_decider(dataset, model, TRAINING).decider
    beside = companions(dataset, model, TRAINING, evaluate(dataset, TRAINING), decider)
    return Champion(model, Deployment(name="close", version="7", service=LIMITS), beside)


@pytest.fixture(scope="session")
def store_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store that all tests may share which do not look at what else is in it."""
    return f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}"


@pytest.fixture(scope="session")
def tokens(store_url: str) -> dict[Role, Secret]:
    """A key of each role."""
    return make_tokens(store_url)


@pytest.fixture(scope="session")
def client(champion: Champion, store_url: str, tokens: dict[Role, Secret]) -> Iterator[TestClient]:
    """A client of the app with an admin's key, without BentoML around it."""
    app = create_app(lambda: champion, lambda: open_store(store_url))
    with TestClient(app, headers=bearer(tokens["admin"])) as client:
        yield client


@pytest.fixture
def lead(champion: Champion) -> Json:
    """A lead that breaks no rule, to be bent by each test."""
    return copy.deepcopy(example_lead(champion))


@pytest.fixture(scope="session", autouse=True)
def _new_files_are_copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A new store in SQLite is a copy of one that was migrated, but for tests that ask for `empty_url`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("serving.store.store.upgrade", copying(tmp_path_factory.mktemp("made")))
        yield


@pytest.fixture(scope="session")
def schemas() -> Iterator[Schemas]:
    """PostgreSQL's schemas that tests use one after the other."""
    schemas = Schemas()
    with schemas.stack:
        yield schemas


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path, schemas: Schemas) -> Iterator[str]:
    """The URL of a store without records, or of a file that will be one."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    with postgres_or_skip(schemas.one()) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty database, which becomes a store by all migrations."""
    monkeypatch.setattr("serving.store.store.upgrade", upgrade)
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    with postgres_or_skip(postgres_schema()) as url:
        yield url


@contextmanager
def postgres_or_skip(database: AbstractContextManager[str]) -> Iterator[str]:
    """Skip a test where no PostgreSQL is there; in CI it fails."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(database)
        except sa.exc.OperationalError as error:
            if os.environ.get("CI") == "true":
                pytest.fail(f"PostgreSQL must answer in CI: {error}")
            pytest.skip("no PostgreSQL at GLENGARRY_TEST_POSTGRES")
        yield url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A store without records."""
    store = Store(url)
    store.upgrade()
    yield store
    store.close()


@dataclass
class Service:
    """A running app, and how tests speak with it."""

    client: TestClient
    tokens: dict[Role, Secret]
    store: Store

    def ask(self, path: str, status: int = 200, role: Role = "admin", method: str = "GET") -> Any:
        answer = self.client.request(method, path, headers=bearer(self.tokens[role]))
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def tell(self, path: str, content: Any, status: int = 201, role: Role = "admin", once: str | None = None) -> Any:
        headers = bearer(self.tokens[role]) | ({"idempotency-key": once} if once else {})
        answer = self.client.post(path, json=content, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def service(champion: Champion, url: str) -> Iterator[Service]:
    tokens = make_tokens(url)
    store = open_store(url)
    with TestClient(create_app(lambda: champion, lambda: open_store(url))) as client:
        yield Service(client, tokens, store)
    store.close()
