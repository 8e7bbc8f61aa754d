"""MLflow: where models are logged, versioned and found again. The only package that talks to it."""

from models.registry.quiet import quieten
from models.registry.registry import Registry
from models.registry.versions import (
    CHAMPION,
    REPORT,
    Loaded,
    NoModelError,
    RegisteredVersion,
    RegistryError,
    RegistrySettings,
    Run,
)
from models.registry.writing import MODEL_FILE

__all__ = [
    "CHAMPION",
    "MODEL_FILE",
    "REPORT",
    "Loaded",
    "NoModelError",
    "RegisteredVersion",
    "Registry",
    "RegistryError",
    "RegistrySettings",
    "Run",
    "quieten",
]
