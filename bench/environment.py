"""Measure what has to be installed to serve, beside the whole environment and other servers: `python -m bench.environment`.

Sizes are those of the files that installed packages say are theirs, in the environment that this runs in; the packages of a server are
those that it asks for, and what these ask for in turn.
"""

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PINS = ("requirements-serve.txt", "requirements.txt")
PEERS = (("mlflow", "lightgbm"), ("bentoml", "lightgbm"))
"""What people install to serve a model of LightGBM by each; nothing of ours."""
PIN = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==", re.MULTILINE)


def main() -> None:
    for file in PINS:
        tell(file, PIN.findall(Path(file).read_text(encoding="utf-8")))
    for peer in PEERS:
        tell(" and ".join(peer), needed(peer))


def tell(name: str, packages: Iterable[str]) -> None:
    """Print how many packages there are of some, and what they take on the disk."""
    there = {canonicalize_name(package): found for package in packages if (found := installed(package)) is not None}
    print(f"{name:26}{len(there):5} packages{sum(map(size, there.values())) / 1e6:8,.0f} MB")


def installed(package: str) -> Distribution | None:
    """Return a package of this environment; None where it is for another machine."""
    try:
        return distribution(package)
    except PackageNotFoundError:
        return None


def size(package: Distribution) -> int:
    """Return the bytes of a package's files."""
    files = (Path(str(package.locate_file(file))) for file in package.files or ())
    return sum(file.stat().st_size for file in files if file.is_file())


def needed(packages: Iterable[str]) -> list[str]:
    """Return packages with everything that they need, of this environment."""
    found: dict[str, None] = {}
    waiting = [Requirement(package) for package in packages]
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        package = installed(name)
        if package is not None and name not in found:
            found[name] = None
            waiting += asked_for(package, one.extras)
    return list(found)


def asked_for(package: Distribution, extras: Iterable[str]) -> Iterator[Requirement]:
    """Yield what a package asks for on this machine, with some of its extras."""
    for text in package.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


if __name__ == "__main__":
    main()
