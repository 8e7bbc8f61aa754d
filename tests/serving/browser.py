"""A running service with a simulated company's open leads, and a Chromium to read its pages with."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright
from starlette.applications import Starlette

from bench.harness.processes import SECONDS, free_port
from models.registry import Registry
from serving.champion.champion import Champion
from serving.cli import demo
from serving.runtime.app import create_app
from serving.settings.settings import load_settings
from serving.store.store import open_store

LEADS = 250
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str:
    """The browser of this machine; without one tests are skipped, but fail in CI."""
    names = (os.environ.get("GLENGARRY_TEST_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    for name in names:
        if name and (found := shutil.which(name)):
            return found
    if os.environ.get("CI") == "true":
        pytest.fail("Chromium must be there in CI: install the package chromium.")
    pytest.skip("no Chromium: install it, or name one in GLENGARRY_TEST_CHROMIUM")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


def make_store(champion: Champion, folder: Path, leads: int = LEADS) -> str:
    """Fill a store with a company's history, its open leads scored three times; return its URL."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "LEADS", leads)
        now = datetime.now(UTC)
        settings = load_settings(demo.make_company(folder, now))
    demo.fill_store(settings, champion, now)
    return settings.store_url


@contextmanager
def served(
    champion: Champion,
    store_url: str,
    port: int = 0,
    environment: Mapping[str, str] | None = None,
    registry: Callable[[], Registry] | None = None,
) -> Iterator[str]:
    """The app on a port of its own, or on one that is known before; yields its address."""
    app = create_app(lambda: champion, lambda: open_store(store_url), environment=environment, registry=registry)
    with running_app(app, port) as address:
        yield address


@contextmanager
def running_app(app: Starlette, port: int = 0) -> Iterator[str]:
    """An app on a port of its own, or on one that is known before; yields its address."""
    port = port or free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + SECONDS
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < end
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(SECONDS)
