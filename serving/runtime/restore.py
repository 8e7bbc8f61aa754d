"""Restoring a backup: every file held against its hash before anything is touched, and scores computed again in the end."""

import os
import shutil
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from pydantic import ValidationError

from features.records.clock import to_microseconds
from features.settings.folders import private_folder, sync_folder
from features.settings.passing import passing_folder, sweep_passing
from models.registry import Registry
from models.registry.folder import FILES
from serving.analytics.replay import Replayed, replay
from serving.champion.versions import VersionCache, from_registry
from serving.runtime.backup import (
    MANIFEST,
    REGISTRY,
    REGISTRY_DATABASE,
    REPORTS,
    SECRETS,
    SETTINGS,
    STORE_DUMP,
    STORE_FILE,
    BackupError,
    BackupManifest,
    hashes,
    run_program,
    sync_tree,
)
from serving.settings.secret import EXPLORATION
from serving.settings.settings import Settings, load_settings
from serving.store import reading
from serving.store.engine import make_engine
from serving.store.letters import forget_unopened_letter_links
from serving.store.sessions import end_session, open_sessions
from serving.store.store import open_store

SAMPLE = 200
"""Scores that are computed again, the latest ones."""


def read_manifest(source: Path) -> BackupManifest:
    """Return what a backup holds, when every file of it is as it was written.

    Raises
    ------
    BackupError
        Naming the files that are missing, changed or not of the backup.
    """
    try:
        manifest = BackupManifest.model_validate_json((source / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise BackupError(
            f"{source} must be a folder that `glengarry backup` wrote, got none with a {MANIFEST}: {error}"
        ) from error
    there = hashes(source)
    wrong = sorted(name for name in there.keys() | manifest.files.keys() if there.get(name) != manifest.files.get(name))
    if wrong:
        raise BackupError(
            f"Every file of the backup {source} must be as it was written, got another {', '.join(wrong[:5])}"
            f"{f' and {len(wrong) - 5} more' if len(wrong) > 5 else ''}: nothing was restored. Take another backup."
        )
    return manifest


def restore(
    source: Path, file: Path, environment: Mapping[str, str]
) -> tuple[BackupManifest, Settings, list[Replayed]]:
    """Put a backup where a settings file says, and compute the latest scores again; the file itself comes from the backup where there is none.

    Raises
    ------
    BackupError
        If the backup is not whole, or something is there already that it would replace.
    """
    manifest = read_manifest(source)
    if not file.exists():
        private_folder(file.resolve().parent)
        shutil.copyfile(source / SETTINGS, file)
        file.chmod(0o600)  # it may hold the address of the store, with a password
    settings = load_settings(file)
    _refuse_occupied(source, manifest, settings)
    _put_files(source, settings)
    _put_store(source, manifest, settings)
    if (settings.var / REGISTRY_DATABASE).exists():
        Registry(settings.registry, settings.var).settle()
    _shut(settings)
    return manifest, settings, _replayed(settings, environment)


def _shut(settings: Settings) -> None:
    """End all logins, and take back the links to letters: the backup does not know which of them were ended, or opened, since it was made."""
    now = to_microseconds(datetime.now(UTC))
    with closing(open_store(settings.store_url, settings.folder)) as store, store.writing(now) as transaction:
        for one in open_sessions(transaction.connection, now):
            end_session(transaction, one.name, one.key_id, "a restore")
        forget_unopened_letter_links(transaction)


def _refuse_occupied(source: Path, manifest: BackupManifest, settings: Settings) -> None:
    engine = make_engine(settings.store_url, settings.folder) if settings.store.url else None
    database = engine.dialect.name if engine else "sqlite"
    try:
        if database != manifest.database:
            raise BackupError(
                f"store.url must name a database of {manifest.database}, as when the backup was made, got {database}: correct it."
            )
        if database == "sqlite":
            taken = settings.store_is_there
        else:
            with engine.connect() as connection:  # type: ignore[union-attr]
                taken = sa.inspect(connection).has_table("leads", schema=manifest.schema_name)
    finally:
        if engine:
            engine.dispose()
    there = [settings.var / REGISTRY_DATABASE, settings.var / FILES] if not settings.registry.tracking_uri else []
    there += [settings.var / secret.file for secret in SECRETS if _differs(source, settings.var, secret.file)]
    if database == "sqlite":
        there += _logs_of(settings)
    found = [*(str(place) for place in there if place.exists()), *(["the store"] if taken else [])]
    if found:
        raise BackupError(
            f"A backup must be restored where nothing is, got {', '.join(found)}: stop the service and move it away first."
        )


def _differs(source: Path, var: Path, name: str) -> bool:
    """Return whether both folders have a file, and not the same: lots would be drawn otherwise, or everybody logged out."""
    ours, theirs = var / name, source / name
    return ours.exists() and theirs.exists() and ours.read_bytes() != theirs.read_bytes()


def _logs_of(settings: Settings) -> list[Path]:
    """Return where SQLite keeps what it has not yet put into the store: left by a crash, it would be put into the restored one."""
    return [Path(f"{settings.store_file}{end}") for end in ("-wal", "-shm", "-journal")]


def _put_files(source: Path, settings: Settings) -> None:
    """Put the registry, the secrets and the reports where they belong, each whole and on disk before it has its name."""
    private_folder(settings.var)
    sweep_passing(settings.var)
    with passing_folder(settings.var) as stage:
        names = [secret.file for secret in SECRETS]
        places = [source / name for name in names] + [source / REPORTS]
        places += [source / REGISTRY / FILES, source / REGISTRY / REGISTRY_DATABASE]
        for place in places:
            target = settings.var / place.name
            if not place.exists() or target.exists():
                continue
            staged = stage / place.name
            shutil.copytree(place, staged) if place.is_dir() else shutil.copyfile(place, staged)
            if place.is_file():
                staged.chmod(0o600)
            sync_tree(staged)
            staged.rename(target)
    sync_folder(settings.var)


def _put_store(source: Path, manifest: BackupManifest, settings: Settings) -> None:
    engine = make_engine(settings.store_url, settings.folder)
    try:
        if manifest.database == "sqlite":
            target = Path(str(engine.url.database))
            with passing_folder(target.parent) as stage:
                staged = stage / target.name
                shutil.copyfile(source / STORE_FILE, staged)
                staged.chmod(0o600)
                sync_tree(staged)
                staged.replace(target)
            sync_folder(target.parent)
            return
        with engine.begin() as connection:
            connection.execute(sa.schema.CreateSchema(manifest.schema_name, if_not_exists=True))
        options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
        run_program("pg_restore", engine.url, *options, f"--schema={manifest.schema_name}", str(source / STORE_DUMP))
    finally:
        engine.dispose()


def _replayed(settings: Settings, environment: Mapping[str, str]) -> list[Replayed]:
    """Compute the latest scores again, by the versions of the restored registry."""
    store = open_store(settings.store_url, settings.folder)
    try:
        versions = VersionCache(
            None, from_registry(settings, EXPLORATION.find(environment or os.environ, settings.var))
        )
        with store.reading() as connection:
            return replay(connection, versions, reading.latest_scores(connection, SAMPLE))
    finally:
        store.close()
