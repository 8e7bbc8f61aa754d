"""Whether all workers compute alike: the same code on the same libraries gives the same bytes."""

import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import serving
from serving.cluster.errors import ClusterError

LIBRARIES = ("glengarry", "numpy", "pandas", "pyarrow", "scipy", "lightgbm", "scikit-learn", "dask", "distributed")
"""What the results depend on."""
PACKAGES = ("features", "models", "training", "serving")

Versions = Mapping[str, str]


def versions_here() -> dict[str, str]:
    """Return the versions of Python and of what results depend on in this process."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, "code": code_digest(), **{name: version(name) for name in LIBRARIES}}


def code_digest() -> str:
    """Return a name for the code of our packages: two checkouts of one version may differ."""
    code = Path(serving.__file__).parents[1]
    digest = hashlib.sha256()
    for file in sorted(file for package in PACKAGES for file in (code / package).rglob("*.py")):
        digest.update(f"{file.relative_to(code).as_posix()}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def check_versions(here: Versions, workers: Mapping[str, Versions | str]) -> None:
    """Refuse workers that do not run what runs here.

    Parameters
    ----------
    workers
        By address, the versions of each worker, or why it could not tell them.

    Raises
    ------
    ClusterError
        Naming a worker, what differs and what to do.
    """
    for worker, there in sorted(workers.items()):
        if isinstance(there, str):
            raise ClusterError(
                f"Worker {worker} must have glengarry[cluster] installed, got: {there}. Install the same pins there as here."
            )
        differing = [
            f"{name} {there.get(name, 'none')} (here {mine})" for name, mine in here.items() if there.get(name) != mine
        ]
        if differing:
            raise ClusterError(
                f"Worker {worker} must have the versions that are installed here, got {', '.join(differing)}: "
                f"install the same pins there."
            )
