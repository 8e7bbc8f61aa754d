"""The doctor: what is wrong with an installation, as far as it shows from where it lies, each with its remedy."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from features.records.clock import DAY, to_datetime
from models.close.reasons.sentences import counted
from models.registry import NoModelError, Registry, RegistryError
from serving.champion.cache import ModelCache, Upkeep
from serving.champion.champion import Champion, Deployment
from serving.champion.finding import NoChampionError, from_folder
from serving.outbox.signature import HookSecretError, find_secret
from serving.pages.words import ago
from serving.settings.secret import EXPLORATION, SESSIONS
from serving.settings.settings import Settings
from serving.store import reading
from serving.store.crm_health import crm_healths
from serving.store.deliveries import states
from serving.store.leftovers import broken_since
from serving.store.schema import known_versions, newest, version_of
from serving.store.store import Store

AHEAD_SECONDS = 360.0
"""The store's clock may be ahead of the machine's by the five minutes that a CRM's may be, and one more."""
OTHERS = 0o077
"""Rights of the group and of others."""


@dataclass(frozen=True)
class Complaint:
    """Something that is wrong: what it is about, what was seen, and what to do."""

    about: str
    what: str
    remedy: str


Look = Callable[[Settings, Mapping[str, str], float], Iterator[Complaint]]


def examine(settings: Settings, environment: Mapping[str, str], now: float) -> Iterator[Complaint]:
    """Yield what is wrong, `now` being in seconds since 1970; what cannot be looked at is a finding too, and spares nothing else."""
    for look in LOOKS:
        try:
            yield from look(settings, environment, now)
        except (OSError, ValueError, LookupError, sa.exc.SQLAlchemyError) as error:
            what = f"it cannot be looked at: {str(error)[:300] or repr(error)}"
            yield Complaint((look.__doc__ or "").partition(":")[0], what, "Mend that first.")


def _disk(settings: Settings, _: Mapping[str, str], __: float) -> Iterator[Complaint]:
    """disk: room and rights."""
    if not settings.var.is_dir():
        yield Complaint("disk", f"{settings.var} is not there.", "Train, or restore a backup.")
        return
    usage = shutil.disk_usage(settings.var)
    share = usage.free / usage.total
    if Upkeep(free=share).is_disk_low:
        yield Complaint(
            "disk", f"{share:.0%} of the disk of {settings.var} is free.", "Make room: a full disk refuses records."
        )
    secrets = [settings.var / secret.file for secret in (EXPLORATION, SESSIONS)]
    for place in (settings.var, *secrets):
        if place.exists() and place.stat().st_mode & OTHERS:
            yield Complaint(
                "rights", f"{place} may be read by others.", f"chmod {'700' if place.is_dir() else '600'} {place}"
            )
    for secret in secrets:
        if secret.exists() and not secret.read_text(encoding="utf-8").strip():
            yield Complaint("secrets", f"{secret} is empty.", "The next start fills it; everybody logs in again.")


def _store(settings: Settings, _: Mapping[str, str], now: float) -> Iterator[Complaint]:
    """store: whether it answers, is whole, of this version, and has its clock right."""
    if not settings.store_is_there:
        yield Complaint("store", "there is none yet.", "`glengarry db upgrade` makes it.")
        return
    store = Store(settings.store_url, settings.folder)
    try:
        there = store.ask(version_of)
        if there != newest():
            older = there in known_versions()
            remedy = (
                "`glengarry db upgrade`, or start the service." if older else "Run the newer Glengarry that wrote it."
            )
            yield Complaint("store", f"its schema is version {there}, and this Glengarry's is {newest()}.", remedy)
            return
        ahead = store.ask(reading.latest) / 1e6 - now
        if ahead > AHEAD_SECONDS:
            what = f"the latest record is of {to_datetime(store.ask(reading.latest)):%Y-%m-%d %H:%M} UTC, {ahead / 60:,.0f} minutes from now."
            yield Complaint("clock", what, "Set the machine's clock; records keep their order.")
        yield from _whole(store)
    finally:
        store.close()


def _whole(store: Store) -> Iterator[Complaint]:
    """Look for damage in a database of SQLite; PostgreSQL has its own tools."""
    if store.engine.dialect.name != "sqlite":
        return
    file = Path(str(store.engine.url.database))
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
    except sqlite3.DatabaseError as error:
        found = [str(error)]
    if found != ["ok"]:
        yield Complaint("store", f"{file} is damaged: {'; '.join(found)[:200]}.", "Restore the last good backup.")


def _model(settings: Settings, _: Mapping[str, str], __: float) -> Iterator[Complaint]:
    """model: the registry's champion, its digest, the copies, and what the settings say by now."""
    registry = Registry(settings.registry, settings.var)
    try:
        loaded = registry.load()
    except NoModelError:
        yield Complaint("model", "there is no champion.", "`glengarry train`, or promote a version.")
        return
    except RegistryError as error:
        yield Complaint("registry", str(error)[:300], "The last good version serves meanwhile.")
        return
    except Exception as error:  # noqa: BLE001 - a model can be damaged in any way
        yield Complaint(
            "model", f"the champion cannot be loaded: {str(error)[:300]}", "`glengarry rollback`, or restore a backup."
        )
        return
    champion = Champion(loaded.model, Deployment.of(settings, loaded.version), loaded.beside)
    for sentence in champion.differences:
        yield Complaint("settings", sentence, "Train anew once enough leads came in under the new settings.")
    cache = ModelCache(settings.copies)
    serving = cache.serving()
    if serving is not None and (serving.name, serving.version) != (settings.registry.model, loaded.version):
        what = f"version {serving.version} serves, and version {loaded.version} is champion."
        yield Complaint("model", what, "It changes within seconds while the service runs; see below if it was refused.")
    for place in cache.places() if settings.copies.is_dir() else ():
        try:
            from_folder(place)
        except NoChampionError as error:
            yield Complaint(
                "copies",
                f"{place.name} is damaged or of another version: {str(error)[:200]}",
                "It is made anew when it serves.",
            )


def _watch(settings: Settings, _: Mapping[str, str], __: float) -> Iterator[Complaint]:
    """watch: what it has found out, and what was not learned from yet."""
    cache = ModelCache(settings.copies)
    watched, refreshed = cache.watched(), cache.refreshed()
    if watched.refused is not None:
        yield Complaint(
            "watch", f"version {watched.refused.version} was refused: {watched.refused.why}", "Promote another version."
        )
    if watched.trouble:
        yield Complaint("watch", watched.trouble[:300], "The last good version serves meanwhile.")
    if refreshed is not None and refreshed.trouble:
        yield Complaint("refresh", f"the last one failed: {refreshed.trouble[-300:]}", "`glengarry refresh` says more.")
    for one in quiet.sources if (quiet := cache.quiet()) else ():
        since = to_datetime(round(one.since * 1e6))
        what = f"no lead has come from {one.source} since {since:%Y-%m-%d %H:%M} UTC, where about {one.expected:.0f} were to be expected."
        yield Complaint("silence", what, "Send a lead by its form, and look at the CRM's webhooks.")


def _webhooks(settings: Settings, _: Mapping[str, str], now: float) -> Iterator[Complaint]:
    """webhooks: those whose messages break a rule."""
    if not settings.store_is_there:
        return
    with closing(Store(settings.store_url, settings.folder)) as store:
        found = store.ask(broken_since, round(now * 1e6) - DAY) if store.ask(version_of) == newest() else {}
    for name, count in found.items():
        what = f"{counted(count, 'message', 'messages')} of {name} of the last day {'breaks' if count == 1 else 'break'} a rule."
        yield Complaint("webhooks", what, "Mend the rule, then have them read again on /pages/unread.")


def _outbox(settings: Settings, environment: Mapping[str, str], __: float) -> Iterator[Complaint]:
    """outbox: receivers without a secret or an address, and those that are told nothing."""
    for target in settings.outbox.targets:
        try:
            find_secret(environment, target.secret)
        except HookSecretError as error:
            yield Complaint("outbox", f"{target.name} cannot be told anything.", str(error))
    for person in settings.outbox.messages:
        if not environment.get(person.url_variable, "").strip():
            remedy = f"Set {person.url_variable} in the environment of the service; `glengarry messages test {person.name}` tries it."
            yield Complaint("outbox", f"{person.name} cannot be sent anything: there is no address.", remedy)
    if not settings.store_is_there:
        return
    with closing(Store(settings.store_url, settings.folder)) as store:
        found = store.ask(states) if store.ask(version_of) == newest() else []
    for one in found:
        if one.off_at is not None:
            remedy = f"Mend the receiver; then `glengarry outbox replay {one.name}`."
            yield Complaint("outbox", f"{one.name} is switched off: {one.trouble}", remedy)
        elif one.failing_since is not None:
            since = f"{to_datetime(one.failing_since):%Y-%m-%d %H:%M} UTC"
            remedy = f"`glengarry outbox test {one.name}` tries it."
            yield Complaint("outbox", f"{one.name} has taken nothing since {since}: {one.trouble}", remedy)


def _crm(settings: Settings, environment: Mapping[str, str], now: float) -> Iterator[Complaint]:
    """crm: those without a token, those that fail, and leads that they did not take."""
    on = [one for one in settings.crm if one.state == "on"]
    for one in on:
        missing = [name for name in one.variables if not environment.get(name, "").strip()]
        if missing:
            remedy = f"Set {' and '.join(missing)} in the environment of the service."
            yield Complaint("crm", f"{one.name} has no token here: {', '.join(missing)} is not set.", remedy)
    if not on or not settings.store_is_there:
        return
    with closing(Store(settings.store_url, settings.folder)) as store:
        healths = store.ask(crm_healths) if store.ask(version_of) == newest() else []
    names = {one.name for one in on}
    for health in healths:
        if health.crm not in names:
            continue
        if health.since is not None:
            what = f"{health.crm} fails since {ago(health.since, round(now * 1e6))}: {health.trouble}"
            yield Complaint("crm", what, "It is tried again; `glengarry crm status` says more.")
        if health.set_aside:
            what = f"{health.crm} did not take {counted(health.set_aside, 'lead', 'leads')}."
            yield Complaint("crm", what, "`glengarry crm status` says which, and why.")


LOOKS: tuple[Look, ...] = (_disk, _store, _model, _watch, _webhooks, _outbox, _crm)
"""What is looked at, in the order of the page."""
