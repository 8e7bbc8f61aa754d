"""PostgreSQL for tests: an empty schema of the server that is there, and a cluster that may be stopped and thrown away."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bench.harness.processes import free_port

POSTGRES = os.environ.get("GLENGARRY_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


@contextmanager
def postgres_schema() -> Iterator[str]:
    """Yield the URL of an empty schema; `OperationalError` where there is no server."""
    engine, schema = sa.create_engine(POSTGRES, connect_args={"connect_timeout": 5}), f"test_{uuid.uuid4().hex}"
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema(schema))
    try:
        yield f"{POSTGRES}?options=-csearch_path%3D{schema}"
    finally:
        with engine.begin() as connection:
            connection.execute(sa.schema.DropSchema(schema, cascade=True))
        engine.dispose()


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL of its own, which can be taken away and brought back."""

    programs: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Bring it back."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        self._run(
            "pg_ctl", "-D", str(self.folder / "files"), "-l", str(self.folder / "log"), "-w", "-o", options, "start"
        )

    def stop(self) -> None:
        """Take it away at once, as if the machine had failed."""
        self._run("pg_ctl", "-D", str(self.folder / "files"), "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []  # it refuses to run as root
        command = [*as_postgres, str(self.programs / program), *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def programs() -> Path | None:
    """Return the folder with the newest of PostgreSQL's programs; None where there are none."""
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[-3]))
    found = str(known[-1]) if known else shutil.which("initdb")
    return Path(found).parent if found else None


@contextmanager
def cluster(programs: Path) -> Iterator[Cluster]:
    """Make a cluster, start it, and throw it away in the end."""
    folder = Path(tempfile.mkdtemp(prefix="glengarry-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    made = Cluster(programs, folder, free_port())
    try:
        made._run("initdb", "-D", str(folder / "files"), "-A", "trust", "-U", "postgres", "-E", "UTF8")
        made.start()
        yield made
        if (folder / "files" / "postmaster.pid").exists():
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
