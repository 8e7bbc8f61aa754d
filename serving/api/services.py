"""What requests are answered with: made once as the app starts, and read by its types."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import HTTPConnection

from models.registry import Registry
from serving.analytics.cache import SingleFlightCache
from serving.analytics.reports import Reports
from serving.api.card_links import Cards
from serving.api.post_limits import PostLimits
from serving.champion.cache import Noted
from serving.champion.champion import Champion
from serving.champion.versions import VersionCache
from serving.intake.calls import Call
from serving.intake.refusals import Refusals
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


def services_of(request: HTTPConnection) -> Services:
    """Return what a request is answered with."""
    services: Services = request.app.state.services
    return services
