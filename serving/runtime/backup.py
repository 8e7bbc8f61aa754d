"""A backup: the store, the registry, the secrets and the settings of an installation, as they were together, with the hash of each file.

The order makes it whole while the service runs: first the store, as of one moment, then the registry's database, then its files. So every
version that gave a stored score is in the registry's copy, and every version of that database has its files.
"""

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa

from features.settings.folders import private_folder, sync_folder, write_whole
from features.settings.frozen import Frozen
from features.settings.passing import passing_folder, sweep_passing
from models.registry.folder import FILES
from serving.settings.secret import EXPLORATION, SESSIONS
from serving.settings.settings import Settings
from serving.store.engine import make_engine

MANIFEST = "manifest.json"
SETTINGS = "glengarry.toml"
STORE_FILE, STORE_DUMP = "store.db", "store.dump"
REGISTRY, REGISTRY_DATABASE = "registry", "mlflow.db"
REPORTS = "reports"
SECRETS = (EXPLORATION, SESSIONS)
CHUNK = 1 << 20
PROGRAMS = Path("/usr/lib/postgresql")
"""Where Debian keeps PostgreSQL's programs, by version."""
DUMP_SECONDS = 3_600 * 12


class BackupError(OSError):
    """A backup that cannot be made, or cannot be restored."""


class BackupManifest(Frozen):
    """What a backup holds.

    Attributes
    ----------
    database
        `sqlite` or `postgresql`.
    schema_name
        Of PostgreSQL, in which the store's tables are.
    files
        SHA-256 of each file by its path, in hexadecimal digits.
    left_out
        What an operator has to keep elsewhere, in sentences.
    """

    made_at: datetime
    glengarry: str
    database: str
    schema_name: str = ""
    files: dict[str, str]
    left_out: tuple[str, ...] = ()


def back_up(
    settings: Settings, file: Path, target: Path, now: datetime, environment: Mapping[str, str]
) -> BackupManifest:
    """Write a backup of an installation into a new folder, which has its name only when it is whole and on disk.

    Parameters
    ----------
    file
        The settings file.

    Raises
    ------
    BackupError
        If the folder is there already, the store has none to copy, or PostgreSQL's programs are missing.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupError(
            f"A backup must have a folder of its own, got {target}, which holds something: name a new one."
        )
    if not settings.store_is_there:
        raise BackupError(
            "A backup must have a store to copy, got none: `glengarry db upgrade` or the first start makes it."
        )
    beside = private_folder(target.resolve().parent)
    sweep_passing(beside)
    with passing_folder(beside) as stage:
        database, schema = _copy_store(settings, stage)
        left_out = [*_copy_registry(settings, stage), *_copy_secrets(settings, stage, environment)]
        if settings.reports.is_dir():
            shutil.copytree(settings.reports, stage / REPORTS)
        shutil.copyfile(file, stage / SETTINGS)
        if settings.export is not None:
            left_out.append(f"the export that [history] names ({settings.export.source or settings.folder})")
        manifest = BackupManifest(
            made_at=now,
            glengarry=version("glengarry"),
            database=database,
            schema_name=schema,
            files=hashes(stage),
            left_out=tuple(left_out),
        )
        write_whole(stage / MANIFEST, manifest.model_dump_json(indent=1))
        sync_tree(stage)
        if target.is_dir():
            target.rmdir()
        stage.rename(target)
        sync_folder(beside)
    return manifest


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a folder, by its path from there."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and file != folder / MANIFEST)
    return {file.relative_to(folder).as_posix(): hash_of(file) for file in files}


def hash_of(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    content = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            content.update(chunk)
    return content.hexdigest()


def sync_tree(folder: Path) -> None:
    """Have every file and folder below one on disk before this returns."""
    for place in (folder, *folder.rglob("*")):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database of SQLite as of one moment, whoever writes to it meanwhile.

    Raises
    ------
    BackupError
        If the database is damaged: a copy of it would take the place of a good one.
    """
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=60)) as there,
            closing(sqlite3.connect(target)) as here,
        ):
            there.backup(here)
            here.execute("PRAGMA journal_mode=DELETE")
            found = [row[0] for row in here.execute("PRAGMA integrity_check(5)")]
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{source} must be a whole database, got: {error}. Restore the last good backup.") from error
    if found != ["ok"]:
        raise BackupError(
            f"{source} must be whole, got: {'; '.join(map(str, found))[:300]}. Restore the last good backup."
        )
    target.chmod(0o600)


def program(name: str) -> str:
    """Return where one of PostgreSQL's programs is.

    Raises
    ------
    BackupError
        If it is not found.
    """
    versions = sorted(
        PROGRAMS.glob(f"*/bin/{name}"), key=lambda file: int(file.parts[-3]) if file.parts[-3].isdigit() else 0
    )
    found = str(versions[-1]) if versions else shutil.which(name)
    if found is None:
        raise BackupError(
            f"PostgreSQL's {name} must be on this machine, got none: install the client programs of the server's version "
            "(Debian: postgresql-client), or run the backup where they are."
        )
    return found


def run_program(name: str, url: sa.URL, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on a database; the password stands in the environment, where `ps` does not show it.

    Raises
    ------
    BackupError
        If it is not found, or fails.
    """
    named = (url.username, None, url.host, url.port, url.database, url.query)  # with all that the URL asks of libpq
    address = sa.URL.create("postgresql", *named).render_as_string()
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    done = subprocess.run(
        [program(name), "--no-password", f"--dbname={address}", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=DUMP_SECONDS,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{name} must copy the store, got: {done.stderr.strip()[:500]}. Nothing was kept of it.")


def _copy_store(settings: Settings, stage: Path) -> tuple[str, str]:
    """Copy the store; return which database it is, and PostgreSQL's schema."""
    engine = make_engine(settings.store_url, settings.folder)
    try:
        if engine.dialect.name == "sqlite":
            copy_sqlite(Path(str(engine.url.database)), stage / STORE_FILE)
            return "sqlite", ""
        with engine.connect() as connection:
            schema = str(connection.execute(sa.select(sa.func.current_schema())).scalar_one())
        options = (
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--schema={schema}",
            f"--file={stage / STORE_DUMP}",
        )
        run_program("pg_dump", engine.url, *options)
        (stage / STORE_DUMP).chmod(0o600)
        return "postgresql", schema
    finally:
        engine.dispose()


def _copy_registry(settings: Settings, stage: Path) -> Iterator[str]:
    """Copy the registry's database and then its files; yield what is left out."""
    if settings.registry.tracking_uri:
        yield "the registry of MLflow at registry.tracking_uri: back that up after this"
        return
    database = settings.var / REGISTRY_DATABASE
    if not database.is_file():
        return
    private_folder(stage / REGISTRY)
    copy_sqlite(database, stage / REGISTRY / REGISTRY_DATABASE)
    if (settings.var / FILES).is_dir():
        shutil.copytree(settings.var / FILES, stage / REGISTRY / FILES)


def _copy_secrets(settings: Settings, stage: Path, environment: Mapping[str, str]) -> Iterator[str]:
    for secret in SECRETS:
        if environment.get(secret.variable, "").strip():
            yield f"the secret in the environment variable {secret.variable}"
        elif (settings.var / secret.file).is_file():
            write_whole(stage / secret.file, (settings.var / secret.file).read_text(encoding="utf-8"))
