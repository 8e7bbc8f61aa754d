"""A registry that was copied or moved keeps its files where it stands, or says what to do."""

import shutil
from pathlib import Path

import pytest

from models.registry import Registry, RegistrySettings, Run
from models.registry.folder import MovedRegistryError
from tests.models.company import model
from tests.models.registries import registry_in


def files_in(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.suffix != ".db"}


def test_a_copy_writes_nothing_into_the_original(tmp_path: Path) -> None:
    registry_in(tmp_path / "first").log(Run(name="first"), model())
    shutil.copytree(tmp_path / "first", tmp_path / "copy")
    before = files_in(tmp_path / "first")
    for ask in (lambda copy: copy.log(Run(name="second"), model()), Registry.load, Registry.versions):
        with pytest.raises(MovedRegistryError, match=r"copied or moved\. Run `glengarry models --here`"):
            ask(Registry(RegistrySettings(), tmp_path / "copy"))

    copy = Registry(RegistrySettings(), tmp_path / "copy")
    assert copy.settle() == (tmp_path / "first" / "mlflow-artifacts").as_uri()
    assert Registry(RegistrySettings(), tmp_path / "copy").settle() is None
    assert copy.log(Run(name="second"), model()).version == "2"
    assert files_in(tmp_path / "first") == before
    assert len(files_in(tmp_path / "copy")) > len(before)

    shutil.rmtree(tmp_path / "first")  # nothing of the copy lives there
    for number in ("1", "2"):
        assert copy.load(number).model.to_texts() == model().to_texts()


def test_a_database_without_its_files_is_refused(tmp_path: Path) -> None:
    registry_in(tmp_path / "first").log(Run(name="first"), model())
    (tmp_path / "copy").mkdir()
    shutil.copy(tmp_path / "first" / "mlflow.db", tmp_path / "copy")
    with pytest.raises(MovedRegistryError, match="got none: copy them from file:"):
        Registry(RegistrySettings(), tmp_path / "copy").settle()
