"""How the service stands at the moment of asking: figures that are read, not counted, and so are the same in every worker."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from serving.champion.cache import NOTHING_NOTED, Drift, Noted, Quiet, SourcesJudged, Upkeep
from serving.champion.champion import Champion
from serving.store.crm_health import CrmHealth
from serving.store.deliveries import DeliveryState


@dataclass(frozen=True, eq=False)  # a registry holds it by identity
class ServiceState(Collector):
    """What is told of the model and the store.

    Attributes
    ----------
    now
        The moment of asking.
    noted
        What the watch has found out; nothing in a Bento without settings, where nobody watches.
    outcomes_unknown
        Outcomes in the store that the model does not know; None where the store does not answer.
    deliveries
        How far each receiver of what happens is.
    crms
        How each CRM is.
    """

    champion: Champion
    store_up: bool
    now: datetime
    noted: Noted = NOTHING_NOTED
    outcomes_unknown: int | None = None
    deliveries: Sequence[DeliveryState] = ()
    crms: Sequence[CrmHealth] = ()

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
        if self.outcomes_unknown is not None:
            what = "Outcomes in the store that the model does not know: recorded later, or told since."
            yield _one("glengarry_outcomes_unknown", what, self.outcomes_unknown)
        yield from _deliveries(self.deliveries, self.now)
        yield from _crms(self.crms, self.now)
        if self.noted.refreshed is not None:
            refreshed = self.noted.refreshed
            age = self.now.timestamp() - refreshed.done_at
            yield _one("glengarry_refresh_age_seconds", "Time since new outcomes were last looked for.", age)
            yield _one("glengarry_refresh_failed", "Whether the last refresh failed.", bool(refreshed.trouble))
        if self.noted != NOTHING_NOTED:
            what = "Whether a version was refused that was to serve."
            yield _one("glengarry_version_refused", what, self.noted.refused is not None)
        if self.noted.upkeep is not None:
            yield from _upkeep(self.noted.upkeep)
        if self.noted.drift is not None:
            yield from _drift(self.noted.drift)
            yield from _promises(self.noted.drift)
        if self.noted.sources is not None:
            yield from _sources(self.noted.sources)
        if self.noted.quiet is not None:
            yield from _quiet(self.noted.quiet, self.now)


def _deliveries(states: Sequence[DeliveryState], now: datetime) -> Iterator[GaugeMetricFamily]:
    if not states:
        return
    off = GaugeMetricFamily("glengarry_delivery_off", "Whether a receiver is switched off.", labels=["receiver"])
    failing = GaugeMetricFamily(
        "glengarry_delivery_failing_seconds",
        "Time since a receiver last took anything; 0 if it does.",
        labels=["receiver"],
    )
    sent = GaugeMetricFamily("glengarry_delivery_sent", "Notices that a receiver has taken.", labels=["receiver"])
    for one in states:
        off.add_metric([one.name], one.off_at is not None)
        seconds = 0.0 if one.failing_since is None else now.timestamp() - one.failing_since / 1e6
        failing.add_metric([one.name], seconds)
        sent.add_metric([one.name], one.sent)
    yield from (off, failing, sent)


def _crms(healths: Sequence[CrmHealth], now: datetime) -> Iterator[GaugeMetricFamily]:
    if not healths:
        return
    failing = GaugeMetricFamily(
        "glengarry_crm_failing_seconds", "Time since what fails with a CRM does; 0 if nothing does.", labels=["crm"]
    )
    aside = GaugeMetricFamily("glengarry_crm_set_aside", "Leads that a CRM did not take.", labels=["crm"])
    for one in healths:
        failing.add_metric([one.crm], 0.0 if one.since is None else now.timestamp() - one.since / 1e6)
        aside.add_metric([one.crm], one.set_aside)
    yield from (failing, aside)


def _drift(drift: Drift) -> Iterator[GaugeMetricFamily]:
    yield _one("glengarry_input_drift_leads", "Leads whose inputs were compared.", drift.leads)
    distance = GaugeMetricFamily(
        "glengarry_input_drift",
        "How far a feature of new leads is from training, at their creation; 0 is as it was.",
        labels=["subject", "feature"],
    )
    for shift in drift.features:
        distance.add_metric([shift.subject, shift.feature], shift.distance)
    yield distance
    called = sum(shift.drifted for shift in drift.features)
    yield _one("glengarry_inputs_drifted", "Features of new leads that moved beyond their usual ups and downs.", called)


def _promises(drift: Drift) -> Iterator[GaugeMetricFamily]:
    ratio = GaugeMetricFamily(
        "glengarry_won_over_expected",
        "Leads won so far over what their first scores promise by now, by days since that score.",
        labels=["scored_days_ago", "figure"],
    )
    for one in drift.promises:
        ages = f"{one.from_days}+" if one.until_days is None else f"{one.from_days}-{one.until_days}"
        for figure, value in (("ratio", one.ratio), ("low", one.low), ("high", one.high)):
            ratio.add_metric([ages, figure], value)
    yield ratio
    off = sum(one.off for one in drift.promises)
    yield _one("glengarry_promises_off", "Ages whose promises neither luck nor usual ups and downs explain.", off)


def _sources(sources: SourcesJudged) -> Iterator[GaugeMetricFamily]:
    verdicts = GaugeMetricFamily("glengarry_sources", "Values of channels by their verdict.", labels=["verdict"])
    for verdict, count in sources.verdicts.items():
        verdicts.add_metric([verdict], count)
    yield verdicts


def _quiet(quiet: Quiet, now: datetime) -> Iterator[GaugeMetricFamily]:
    yield _one("glengarry_quiet_sources", "Sources without a lead for longer than chance allows.", len(quiet.sources))
    seconds = GaugeMetricFamily(
        "glengarry_quiet_seconds", "Time since the last lead of a silent source.", labels=["source"]
    )
    for one in quiet.sources:
        seconds.add_metric([one.source], now.timestamp() - one.since)
    yield seconds


def _upkeep(upkeep: Upkeep) -> Iterator[GaugeMetricFamily]:
    yield _one("glengarry_disk_free", "Share of the disk that is free.", upkeep.free)
    unread = GaugeMetricFamily(
        "glengarry_unread_messages", "Messages of a webhook of the last day that break a rule.", labels=["webhook"]
    )
    for name, count in upkeep.unread.items():
        unread.add_metric([name], count)
    yield unread


def _one(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, what, value=value)
