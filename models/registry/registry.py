"""The registry: versions of one model in MLflow, which of them serves, and why."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.settings.folders import private_folder
from features.settings.passing import passing_folder
from features.settings.redaction import redacted
from models.digest import digest_of, refuse_damaged, text_of
from models.registry.champions import Cause, ChampionChange, ChampionChangedError, changes_of
from models.registry.folder import FILES, refuse_moved, settle
from models.registry.quiet import quieten
from models.registry.versions import (
    CHAMPION,
    DIGEST,
    Loaded,
    NoModelError,
    RegisteredVersion,
    RegistryError,
    RegistrySettings,
    Run,
)
from models.registry.writing import log_facts, log_model, write_text

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from models.close.model import CloseModel
    from models.registry.artifacts import Artifacts


class Registry:
    """The versions of one model in MLflow. Nothing is touched before it is asked for.

    Parameters
    ----------
    settings
        Where it is and how things are called.
    var
        Folder for the database and the artifacts, where the settings name no tracking URI.
    """

    def __init__(self, settings: RegistrySettings, var: Path) -> None:
        self.settings = settings
        self._var = var.resolve()

    @property
    def tracking_uri(self) -> str:
        """Where MLflow keeps runs and models; it may hold a password."""
        return self.settings.tracking_uri or f"sqlite:///{self._database.as_posix()}"

    def settle(self) -> str | None:
        """Keep files where the registry stands, after its folder was copied or moved; return where they were, None if nothing changed.

        Raises
        ------
        MovedRegistryError
            If the files were not copied with it.
        """
        return None if self.settings.tracking_uri else settle(self._database, self.settings.experiment)

    def log(
        self, run: Run, model: "CloseModel", first_serves: bool = True, beside: "Artifacts | None" = None
    ) -> RegisteredVersion:
        """Log a run with its model and register it; where there is no champion it becomes that, unless it has yet to be judged.

        Parameters
        ----------
        beside
            What the version holds beside the model.

        Raises
        ------
        RegistryError
            If MLflow cannot be reached.
        """
        from models.registry.artifacts import NO_ARTIFACTS

        with self._reached():
            client = self._client
            import mlflow

            # For the whole process, so it is said each time: another registry may have spoken since.
            mlflow.set_tracking_uri(self.tracking_uri)
            mlflow.set_registry_uri(self.tracking_uri)
            with mlflow.start_run(
                experiment_id=self._experiment_id(client),
                run_name=run.name,
                tags={name: redacted(value) for name, value in run.tags.items()},
                log_system_metrics=False,
            ) as active:
                log_facts(run)
                source = log_model(model, beside or NO_ARTIFACTS)
            digest = digest_of({**model.to_texts(), **(beside or NO_ARTIFACTS).to_texts()})
            number = self._register(client, source, active.info.run_id, digest)
            if first_serves and CHAMPION not in self._aliases(client):
                self._crown(client, number, None, Cause("first", _made(client, self.settings.model, number)))
            return self._described(client, client.get_model_version(self.settings.model, number), self._aliases(client))

    def make_champion(self, number: str, cause: Cause | None = None, instead_of: str | None = "") -> None:
        """Let a version serve from now on, and keep why.

        Parameters
        ----------
        instead_of
            The champion that the decision was about, None if there was none; the empty text stands for any. MLflow knows no
            such condition, so it is asked right before: a change within those milliseconds would not be seen.

        Raises
        ------
        ChampionChangedError
            If another version serves by now.
        RegistryError
            If MLflow cannot be reached.
        """
        with self._reached():
            client = self._client
            serving = self._aliases(client).get(CHAMPION)
            if instead_of not in ("", serving):
                raise ChampionChangedError(
                    f"The champion must still be version {instead_of}, got version {serving}: it was changed meanwhile, so "
                    f"version {number} does not take its place. Look at `glengarry models` and decide again."
                )
            self._crown(client, number, serving, cause or Cause("set"))

    def changes(self) -> tuple[ChampionChange, ...]:
        """Return every change of the champion, the first one first.

        Raises
        ------
        RegistryError
            If MLflow cannot be reached.
        """
        if self._is_new:
            return ()
        with self._reached():
            return self._changes(self._client)

    def tags(self) -> dict[str, Mapping[str, str]]:
        """Return the tags of each version, by its number: all in one question.

        Raises
        ------
        RegistryError
            If MLflow cannot be reached.
        """
        if self._is_new:
            return {}
        with self._reached():
            return self._tags(self._client)

    def tag(self, number: str, tags: Mapping[str, str]) -> None:
        """Tag a version; what is tagged already by these names is replaced.

        Raises
        ------
        RegistryError
            If MLflow cannot be reached.
        """
        with self._reached():
            for name, value in tags.items():
                self._client.set_model_version_tag(self.settings.model, number, name, redacted(value))

    def keep(self, number: str, documents: Mapping[str, Any]) -> None:
        """Keep documents by file name with the run of a version, such as what was found out about it later.

        Raises
        ------
        RegistryError
            If MLflow cannot be reached.
        """
        with self._reached(f"version {number}"):
            run_id = str(self._client.get_model_version(self.settings.model, number).run_id)
            for file, document in documents.items():
                write_text(self._client, run_id, json.dumps(document, indent=2), file)

    def document(self, number: str, file: str) -> Any:
        """Return a document that is kept with the run of a version; None if there is none of this name.

        Raises
        ------
        NoModelError
            If there is no such version.
        RegistryError
            If MLflow cannot be reached.
        """
        text = self.text(number, file)
        return None if text is None else json.loads(text)

    def text(self, number: str, file: str) -> str | None:
        """Return a text that is kept with the run of a version, such as `report.html`; None if there is none of this name.

        Raises
        ------
        NoModelError
            If there is no such version.
        RegistryError
            If MLflow cannot be reached.
        """
        with self._reached(f"version {number}"), passing_folder() as folder:
            run_id = str(self._client.get_model_version(self.settings.model, number).run_id)
            inside = file.rpartition("/")[0] or None
            if file not in [each.path for each in self._client.list_artifacts(run_id, inside)]:
                return None
            return Path(self._client.download_artifacts(run_id, file, str(folder))).read_text(encoding="utf-8")

    def version(self, number: str) -> RegisteredVersion:
        """Return one version.

        Raises
        ------
        NoModelError
            If there is none of this number.
        RegistryError
            If MLflow cannot be reached.
        """
        if self._is_new:
            raise self._missing(f"version {number}", [])
        with self._reached(f"version {number}"):
            client = self._client
            return self._described(client, client.get_model_version(self.settings.model, number), self._aliases(client))

    def versions(self) -> list[RegisteredVersion]:
        """Return all versions, the latest first; none if nothing was ever trained.

        Raises
        ------
        RegistryError
            If MLflow cannot be reached.
        """
        if self._is_new:
            return []
        with self._reached():
            client = self._client
            found = client.search_model_versions(f"name='{self.settings.model}'")
            aliases = self._aliases(client)
            described = [self._described(client, version, aliases) for version in found]
        return sorted(described, key=lambda version: int(version.version), reverse=True)

    def version_of(self, alias: str = CHAMPION) -> str:
        """Return the version behind an alias: cheap enough to ask every few seconds.

        Raises
        ------
        NoModelError
            If there is none.
        RegistryError
            If MLflow cannot be reached.
        """
        aliases: Mapping[str, str] = {}
        if not self._is_new:
            with self._reached():
                aliases = self._aliases(self._client)
        if alias not in aliases:
            raise self._missing(f"the alias {alias!r}", sorted(aliases))
        return aliases[alias]

    def load(self, reference: str | int = CHAMPION) -> Loaded:
        """Load a close model by alias or by number of its version, with what stands beside it; it predicts what the logged one did, to the bit.

        Raises
        ------
        NoModelError
            If there is none.
        RegistryError
            If MLflow cannot be reached.
        DamagedModelError
            If a file is not what was registered; versions that were registered before digests were kept are not checked.
        ValueError
            If the model was made for other features than this version of Glengarry computes.
        """
        from models.close.model import CloseModel
        from models.registry.artifacts import Artifacts

        number = str(reference) if str(reference).isdigit() else self.version_of(str(reference))
        if self._is_new:
            raise self._missing(f"version {number}", [])
        with self._reached(f"version {number}"):
            texts = self._texts(self._client, number)
            tags = self._client.get_model_version(self.settings.model, number).tags
        if DIGEST in tags:
            refuse_damaged(f"Version {number} of {self.settings.model!r} in the registry", texts, tags[DIGEST])
        return Loaded(number, CloseModel.from_texts(texts), Artifacts.from_texts(texts))

    def attach(self, run_id: str, texts: Mapping[str, str]) -> None:
        """Keep texts by file name, such as `report.html`, with a run; one that is there already is replaced.

        Raises
        ------
        RegistryError
            If MLflow cannot be reached.
        """
        with self._reached():
            for file, text in texts.items():
                write_text(self._client, run_id, text, file)

    @property
    def _database(self) -> Path:
        return self._var / "mlflow.db"

    @property
    def _is_new(self) -> bool:
        """Whether nothing can be there; asking MLflow would make a database of some megabytes."""
        return not self.settings.tracking_uri and not self._database.exists()

    @cached_property
    def _client(self) -> "MlflowClient":
        """Import MLflow in silence and make what talks to the registry."""
        quieten()
        import mlflow

        uri = self.tracking_uri
        if not self.settings.tracking_uri:
            private_folder(self._var)
            refuse_moved(self._database, self.settings.experiment)
        _refuse_unreachable(uri)
        return mlflow.MlflowClient(uri, uri)

    def _experiment_id(self, client: "MlflowClient") -> str:
        found = client.get_experiment_by_name(self.settings.experiment)
        if found is not None:
            return found.experiment_id
        # A database has no place for files; a server and a folder know theirs.
        folder = (self._var / FILES).as_uri() if _is_database(self.tracking_uri) else None
        return client.create_experiment(self.settings.experiment, artifact_location=folder)

    def _register(self, client: "MlflowClient", source: str, run_id: str, digest: str) -> str:
        from mlflow.exceptions import MlflowException

        name = self.settings.model
        try:
            client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        return str(client.create_model_version(name, source, run_id, tags={DIGEST: digest}).version)

    def _crown(self, client: "MlflowClient", number: str, previous: str | None, cause: Cause) -> None:
        """Set the alias, then say why: an alias without a reason does less harm than a reason without its change."""
        name = self.settings.model
        last = max((change.number for change in self._changes(client)), default=0)
        client.set_registered_model_alias(name, CHAMPION, number)
        key, content = ChampionChange(last + 1, number, previous, cause).tag
        client.set_model_version_tag(name, number, key, content)

    def _changes(self, client: "MlflowClient") -> tuple[ChampionChange, ...]:
        return changes_of(self._tags(client))

    def _tags(self, client: "MlflowClient") -> dict[str, Mapping[str, str]]:
        found = client.search_model_versions(f"name='{self.settings.model}'")
        return {str(version.version): version.tags for version in found}

    def _aliases(self, client: "MlflowClient") -> dict[str, str]:
        """Return the version behind each alias."""
        from mlflow.exceptions import MlflowException

        try:
            aliases = client.get_registered_model(self.settings.model).aliases
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return {}
        return {alias: str(number) for alias, number in aliases.items()}

    def _texts(self, client: "MlflowClient", number: str) -> dict[str, str]:
        from mlflow.artifacts import download_artifacts

        from models.close.model import MODEL_FILES
        from models.registry.artifacts import ARTIFACT_FILES

        source = client.get_model_version_download_uri(self.settings.model, number)
        with passing_folder() as folder:
            uri = f"{source}/artifacts"
            place = Path(download_artifacts(artifact_uri=uri, dst_path=str(folder), tracking_uri=self.tracking_uri))
            missing = [name for name in MODEL_FILES if not (place / name).exists()]
            if missing:
                raise NoModelError(
                    f"Version {number} of {self.settings.model!r} must have the files {', '.join(MODEL_FILES)}, "
                    f"got none called {', '.join(missing)}: another Glengarry wrote it, train anew with `glengarry train`."
                )
            there = [name for name in (*MODEL_FILES, *ARTIFACT_FILES) if (place / name).exists()]
            return {name: text_of(place / name) for name in there}

    def _described(self, client: "MlflowClient", version: Any, aliases: Mapping[str, str]) -> RegisteredVersion:
        number, run_id = str(version.version), str(version.run_id)
        run = client.get_run(run_id)
        return RegisteredVersion(
            number,
            tuple(sorted(alias for alias, behind in aliases.items() if behind == number)),
            datetime.fromtimestamp(version.creation_timestamp / 1000, UTC),
            run_id,
            run.data.metrics,
            {**_own(run.data.tags), **version.tags},
        )

    def _missing(self, what: str, known: list[str]) -> NoModelError:
        there = f"aliases there are: {', '.join(known)}" if known else "no alias is set"
        return NoModelError(
            f"The model {self.settings.model!r} must have {what} in the registry {redacted(self.tracking_uri)}, "
            f"got none ({there}): train one with `glengarry train`, or correct [registry]."
        )

    @contextmanager
    def _reached(self, what: str = "") -> Iterator[None]:
        """Turn what MLflow and its transports raise into our errors."""
        quieten()
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except RegistryError:  # told already
            raise
        except (MlflowException, SQLAlchemyError, OSError, ImportError) as error:
            if what and getattr(error, "error_code", "") == "RESOURCE_DOES_NOT_EXIST":
                raise self._missing(what, []) from error
            got = redacted((str(error).splitlines() or [""])[0])[:300]
            raise RegistryError(
                f"The MLflow registry {redacted(self.tracking_uri)} must be reachable and work, got {type(error).__name__}: {got}. "
                "Start it, or correct registry.tracking_uri in the settings."
            ) from error


def _is_database(uri: str) -> bool:
    return uri.split(":")[0].split("+")[0] in ("sqlite", "postgresql", "mysql", "mssql")


def _refuse_unreachable(uri: str) -> None:
    """Try a database once; MLflow itself would try for two minutes, in silence."""
    if _is_database(uri) and not uri.startswith("sqlite"):
        from sqlalchemy import create_engine

        engine = create_engine(uri)
        try:
            engine.connect().close()
        finally:
            engine.dispose()


def _made(client: "MlflowClient", name: str, number: str) -> datetime:
    """Return when a version was registered, by MLflow's own clock."""
    return datetime.fromtimestamp(client.get_model_version(name, number).creation_timestamp / 1000, UTC)


def _own(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that are not MLflow's."""
    return {name: value for name, value in tags.items() if not name.startswith("mlflow.")}
