"""How the service stands at the moment of asking: figures that are read, not counted, and so are the same in every worker."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from serving.champion import Champion
from serving.copies import Drift, Refreshed


@dataclass(frozen=True, eq=False)  # a registry holds it by identity
class Standing(Collector):
    """What is told of the model and the store.

    Attributes
    ----------
    now
        The moment of asking.
    refreshed, drift
        None where nobody watches: in a Bento without settings.
    """

    champion: Champion
    store_up: bool
    now: datetime
    refreshed: Refreshed | None = None
    drift: Drift | None = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the figures."""
        version = self.champion.version
        model = GaugeMetricFamily("glengarry_model_info", "The model that answers.", labels=["name", "version"])
        model.add_metric([version.name, version.version], 1)
        yield model
        yield _one(
            "glengarry_model_age_seconds",
            "Time since what the model learned from.",
            (self.now - version.trained_until).total_seconds(),
        )
        yield _one("glengarry_store_up", "Whether the store answers.", self.store_up)
        if self.refreshed is not None:
            age = self.now.timestamp() - self.refreshed.done_at
            yield _one("glengarry_refresh_age_seconds", "Time since new outcomes were last looked for.", age)
            yield _one("glengarry_refresh_failed", "Whether the last refresh failed.", bool(self.refreshed.trouble))
        if self.drift is not None:
            yield _one("glengarry_input_drift_leads", "Leads whose inputs were compared.", self.drift.leads)
            drift = GaugeMetricFamily(
                "glengarry_input_drift",
                "How far a feature of new leads is from training, at their creation; 0 is as it was.",
                labels=["subject", "feature"],
            )
            for told in self.drift.features:
                drift.add_metric([told.subject, told.feature], told.distance)
            yield drift


def _one(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, what, value=value)
