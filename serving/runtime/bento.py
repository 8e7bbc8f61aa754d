"""Building a Bento: the code and the champion in one archive, which then serves without the registry."""

import os
import shutil
from pathlib import Path

from features.settings.passing import passing_folder
from serving.champion.champion import Champion
from serving.champion.finding import BUNDLED, from_registry, keep
from serving.runtime.server import CODE, bentoml_environment
from serving.settings.settings import load_settings

PACKAGES = ("features", "models", "training", "serving")
FILES = ("pyproject.toml", "requirements-serve.txt")
"""How to build, and the pins."""


class NotACheckoutError(FileNotFoundError):
    """The code is installed without the files that a Bento is built from."""


def build(settings_file: Path) -> str:
    """Build a Bento of the service with the registry's champion, and return its tag.

    Raises
    ------
    NoModelError
        If there is no champion.
    RegistryError
        If the registry cannot be reached.
    NotACheckoutError
        If the code does not run from a checkout.
    """
    settings = load_settings(settings_file)
    champion = from_registry(settings)
    # BentoML reads its environment when it is imported.
    os.environ.update(bentoml_environment(settings, os.environ))
    return build_with(champion)


def build_with(champion: Champion) -> str:
    """Build a Bento of the service with a champion, and return its tag.

    It holds no settings beside those of the model, and of its limits: the history's URL stays at home.
    """
    from bentoml import bentos

    missing = [name for name in FILES if not (CODE / name).is_file()]
    if missing:
        raise NotACheckoutError(
            f"A Bento needs {missing[0]} beside the code, got none in {CODE}: build it from a checkout."
        )
    labels = {"model": champion.deployment.name, "model_version": champion.deployment.version}
    with passing_folder() as stage:
        for name in PACKAGES:
            shutil.copytree(CODE / name, stage / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in FILES:
            shutil.copy(CODE / name, stage / name)
        keep(champion, stage / BUNDLED.name)
        bento = bentos.build_bentofile(str(stage / FILES[0]), build_ctx=str(stage), labels=labels)
    return str(bento.tag)
