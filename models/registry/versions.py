"""What the registry keeps and where: settings, runs, versions, and what can be wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import Field

from features.settings.frozen import Frozen

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from models.close.model import CloseModel
    from models.registry.artifacts import Artifacts

CHAMPION = "champion"
"""Alias of the version that serves."""
DIGEST = "digest"
"""Tag of a version: the digest of its text files."""
REPORT = "report.html"
"""Name of the report in the run of its training."""
Named = Annotated[str, Field(pattern=r"^[\w][\w .-]*$", max_length=200)]


class RegistrySettings(Frozen):
    """Where MLflow keeps runs and models.

    Attributes
    ----------
    tracking_uri
        Any MLflow tracking URI; without one, SQLite under `var/` beside the settings file.
    experiment, model
        Names in MLflow.
    """

    tracking_uri: str = ""
    experiment: Named = "glengarry"
    model: Named = "glengarry-close"


class RegistryError(ConnectionError):
    """MLflow cannot be reached, or does not answer as it should."""


class NoModelError(LookupError):
    """There is no such model version, or none yet."""


@dataclass(frozen=True)
class Run:
    """What a training leaves behind in MLflow, beside the model.

    Attributes
    ----------
    params
        Settings; what is nested is logged under dotted names. Passwords in URLs are blotted out.
    metrics
        By name; None is left out.
    documents, figures
        By file name, such as `report.json` and `figures/gains.png`.
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    documents: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, "Figure"] = field(default_factory=dict)


@dataclass(frozen=True)
class RegisteredVersion:
    """One version of the close model in the registry; `metrics` and `tags` are those of its run."""

    version: str
    aliases: tuple[str, ...]
    created_at: datetime
    run_id: str
    metrics: Mapping[str, float]
    tags: Mapping[str, str]


class Loaded(NamedTuple):
    """A close model, the version that it is, and what stands beside it there."""

    version: str
    model: "CloseModel"
    beside: "Artifacts"
