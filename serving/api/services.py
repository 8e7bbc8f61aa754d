"""What requests are answered with: made once as the app starts, and read by its types."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any, Protocol

from starlette.requests import HTTPConnection

from models.registry import Registry
from serving.analytics.cache import SingleFlightCache
from serving.analytics.reports import Reports
from serving.api.card_links import Cards
from serving.api.post_limits import PostLimits
from serving.champion.cache import Noted
from serving.champion.champion import Champion, Deployment
from serving.champion.versions import VersionCache
from serving.intake.calls import Call
from serving.intake.refusals import Refusals
from serving.settings.settings import SETTINGS_VARIABLE, load_settings
from serving.store.health import Pulse
from serving.store.keys import KeyRing
from serving.store.store import Store
from serving.store.writer import Writer
from serving.telemetry.telemetry import Telemetry


@dataclass
class Current:
    """The champion that serves now, and the description of the API by its settings; the one thing that changes while the app runs."""

    champion: Champion
    openapi: Mapping[str, Any]


class EntryServices(Protocol):
    """What lets somebody in, and what a page has that needs no champion: a first start has these before it has any."""

    @property
    def writer(self) -> Writer[Call]:
        """What writes into the store."""

    @property
    def refusals(self) -> Refusals:
        """Counts what was refused into the audit trail."""

    @property
    def keys(self) -> KeyRing:
        """The keys by which people log in."""

    @property
    def telemetry(self) -> Telemetry:
        """What is told to operators."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of the commands that a page begins."""

    @property
    def deployment(self) -> Deployment:
        """What the settings say of the service around the model."""

    @property
    def zone(self) -> tzinfo:
        """In which times are told."""

    @property
    def settings_file(self) -> Path | None:
        """The settings file; None where the service knows of none."""

    @property
    def output(self) -> Path | None:
        """The folder for everything that the service writes; None where it has none."""


@dataclass(frozen=True)
class Services:
    """All that routes answer with.

    Attributes
    ----------
    versions
        The versions of the model at hand, by which older scores are compared.
    refusals
        Counts what was refused into the audit trail.
    watched
        Tells when the champion was last brought up to date, and how far inputs have moved.
    registry, registry_turns
        Finds the registry, None where there is none; and how many may ask it at a time.
    environment
        Holds the secrets by which CRMs sign their calls.
    model_records, reason_records, overview_figures
        What takes long to count is counted once for all who ask.
    """

    current: Current
    store: Store
    pulse: Pulse
    writer: Writer[Call]
    refusals: Refusals
    keys: KeyRing
    cards: Cards
    post_limits: PostLimits
    versions: VersionCache
    reports: Reports
    telemetry: Telemetry
    watched: Callable[[], Noted]
    registry: Callable[[], Registry] | None
    registry_turns: asyncio.Semaphore
    environment: Mapping[str, str]
    model_records: SingleFlightCache[Any]
    reason_records: SingleFlightCache[Any]
    overview_figures: SingleFlightCache[Any]

    @property
    def champion(self) -> Champion:
        """The champion that serves now."""
        return self.current.champion

    @property
    def deployment(self) -> Deployment:
        """What the settings say of the service around the champion."""
        return self.champion.deployment

    @property
    def zone(self) -> tzinfo:
        """In which times are told."""
        return self.champion.intake.zone

    @property
    def settings_file(self) -> Path | None:
        """The settings file; None in a Bento, which has none."""
        given = self.environment.get(SETTINGS_VARIABLE)
        return None if given is None else Path(given).resolve()

    @property
    def output(self) -> Path | None:
        """The folder for everything that the service writes, by the settings file."""
        file = self.settings_file
        return None if file is None else load_settings(file).var.resolve()


def services_of(request: HTTPConnection) -> Services:
    """Return what a request is answered with."""
    services: Services = request.app.state.services
    return services


def entry_services_of(request: HTTPConnection) -> EntryServices:
    """Return what lets somebody in, whether or not there is a champion yet."""
    services: EntryServices = request.app.state.services
    return services
