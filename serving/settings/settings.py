"""The settings file `glengarry.toml`: read once, checked once, composed of what each package asks for."""

import os
import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from features.records.parsing.ids import form_id
from features.records.parsing.numbers import currency_of
from features.settings.frozen import Frozen, Name, Whole
from features.settings.mapping import check_mapping, check_spend
from features.settings.redaction import redacted
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource, SpendSource
from models.accountability.settings import AccountabilitySettings
from models.registry import RegistrySettings
from serving.settings.cluster import ClusterSettings
from serving.settings.crm import CrmSettings, check_crm
from serving.settings.forms import FormSettings, Origin
from serving.settings.letter import LetterSettings
from serving.settings.login import LoginSettings
from serving.settings.outbox import OutboxSettings
from serving.settings.store_source import history_source
from serving.settings.webhooks import WebhookSettings, check_webhooks
from training.settings import GateSettings, RetrainSettings, TrainingSettings

DEFAULT_FILE = Path("glengarry.toml")
SETTINGS_VARIABLE = "GLENGARRY_SETTINGS"
"""Environment variable that names the settings file."""
STORE_VARIABLE = "GLENGARRY_STORE"
"""Environment variable with the store's URL, whatever the settings say; a Bento, which has no settings, needs it."""
KEY_VARIABLE = "GLENGARRY_KEY"
"""Where the calls to try find a key."""
SHOWN_KEY_VARIABLE = "GLENGARRY_SHOWN_KEY"
"""Environment variable by which the service is told what stands for a key in the calls to try, and so that it is to greet."""
STORE = "store"
"""A history's source that stands for the service's own store."""
STORE_FILE = "store.db"
LearnsFrom = Literal["files and store", "files", "store"]
"""What the history of an installation is."""


class SettingsError(ValueError):
    """A settings file that cannot be used; the message names each key, what was got and what is allowed."""


class ServiceSettings(Frozen):
    """How the service listens and what it accepts.

    Attributes
    ----------
    most_bytes, most_leads
        Limits of a request's body and of the leads in it.
    most_history_bytes
        Limit of one post of files of a history, which an admin may try on a page.
    https
        Whether people reach the pages by HTTPS alone, through a proxy; the session's cookie then goes no other way.
    session_hours
        So long a login to the pages lasts.
    log
        How log lines are written.
    metrics
        Whether `/metrics` asks for a key, or is open to all that reach it.
    refresh_hours
        So often the champion is brought up to date with new outcomes, if there are any; 0 leaves that to `glengarry refresh`.
    currency
        In what amounts are, as pages say it: "EUR" or "€"; without it, they are numbers alone.
    frames, card_hours
        The sites that may show the card of a lead in a frame, such as a CRM; and so long the link to one is good.
    traces
        Where spans are sent by OpenTelemetry's protocol over HTTP; without it, there are none.
    """

    host: Annotated[str, Field(pattern=r"^\S+$")] = "127.0.0.1"
    port: Annotated[Whole, Field(ge=1, le=65535)] = 3000
    workers: Annotated[Whole, Field(ge=1, le=64)] = 1
    most_bytes: Annotated[Whole, Field(ge=1024)] = 2_000_000
    most_history_bytes: Annotated[Whole, Field(ge=1024)] = 50_000_000
    most_leads: Annotated[Whole, Field(ge=1)] = 500
    https: bool = False
    session_hours: Annotated[Whole, Field(ge=1, le=720)] = 12
    log: Literal["text", "json"] = "text"
    metrics: Literal["key", "open"] = "key"
    refresh_hours: Annotated[float, Field(ge=0, le=8760)] = 24.0
    currency: Annotated[str, Field(max_length=8)] = ""
    frames: tuple[Origin, ...] = ()
    card_hours: Annotated[Whole, Field(ge=1, le=720)] = 24
    traces: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""


class StoreSettings(Frozen):
    """Where the service keeps what it is told.

    Attributes
    ----------
    url
        A SQLAlchemy URL of SQLite or PostgreSQL; without one, SQLite in the folder `output`.
    learned_from
        Whether what the service is told is part of the history beside the export. If not, outcomes told to it teach nobody anything.
    """

    url: str = ""
    learned_from: bool = True


class Settings(LeadSchema):
    """Everything in a settings file.

    The keys of `LeadSchema` stand at the top; `history`, `training`, `gate`, `retrain`, `accountability`, `registry`, `store`, `service`, `forms`, `letter`, `login`, `cluster`, `outbox` and `webhooks` are tables
    of their own, `crm` is a list of them. `output` is the folder for everything that is written, from the folder of the settings file.
    """

    history: HistorySource | None = None
    training: TrainingSettings = TrainingSettings()
    gate: GateSettings = GateSettings()
    retrain: RetrainSettings = RetrainSettings()
    accountability: AccountabilitySettings = AccountabilitySettings()
    registry: RegistrySettings = RegistrySettings()
    store: StoreSettings = StoreSettings()
    service: ServiceSettings = ServiceSettings()
    forms: FormSettings = FormSettings()
    letter: LetterSettings = LetterSettings()
    login: LoginSettings = LoginSettings()
    cluster: ClusterSettings = ClusterSettings()
    outbox: OutboxSettings = OutboxSettings()
    webhooks: dict[Name, WebhookSettings] = Field(default_factory=dict)
    crm: tuple[CrmSettings, ...] = ()
    output: Path = Path("var")
    folder: Path = Path()

    @cached_property
    def lead_schema(self) -> LeadSchema:
        """What may be known about a lead: the part that travels with a model."""
        return LeadSchema(**{name: getattr(self, name) for name in LeadSchema.model_fields})

    @property
    def var(self) -> Path:
        """The folder for everything that the service writes."""
        return self.folder / self.output

    @property
    def reports(self) -> Path:
        """The folder for the reports of trainings."""
        return self.var / "reports"

    @property
    def copies(self) -> Path:
        """The folder for the last good champions."""
        return self.var / "champions"

    @property
    def untold(self) -> Path:
        """The folder for notices that the store could not take."""
        return self.var / "untold"

    @property
    def store_url(self) -> str:
        """Where the store is; it may hold a password."""
        return self.store.url or f"sqlite:///{(self.var / STORE_FILE).as_posix()}"

    @property
    def store_is_there(self) -> bool:
        """Whether somebody has made a store; a database of PostgreSQL counts as one, and answers or is missed."""
        return (bool(self.store.url) and not self.store.url.startswith("sqlite")) or self.store_file.is_file()

    @property
    def store_file(self) -> Path:
        """The file of a store that is SQLite's."""
        return self.folder / self.store_url.partition(":///")[2]

    @property
    def learns_from(self) -> LearnsFrom:
        """What the history is: the export, what the service was told, or both as one."""
        if self.export is None:
            return "store"
        return "files and store" if self.store.learned_from else "files"

    @property
    def export(self) -> HistorySource | None:
        """Where the files or the foreign database of the history lie; None where the store is all there is."""
        return None if self.history is None or self.history.source == STORE else self.history

    def lead_id(self, given: str) -> str:
        """Return an id as it is kept, by `history.id_form`."""
        return given if self.export is None else form_id(given, self.export.id_form)

    @property
    def source(self) -> HistorySource:
        """Where the export lies or, without one, the store."""
        return self.export or history_source(self.store_url)

    @property
    def spend(self) -> SpendSource | None:
        """Where the table of what was spent on channels lies; None where the settings name none."""
        spend = self.accountability.costs.spend
        if spend is None or spend.source or self.history is None:
            return spend
        return spend.model_copy(update={"source": self.history.source})


def load_settings(file: Path = DEFAULT_FILE) -> Settings:
    """Read and check a settings file; relative paths in it are taken from its folder, and the store from `STORE_VARIABLE`, if that is set.

    Raises
    ------
    SettingsError
        If the file is missing, is not TOML, or has an unknown key or an impossible value.
    """
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingsError(
            f"There is no settings file {file}: write one with `glengarry init FOLDER`, or name it with --settings."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not TOML in UTF-8: {error}.") from error
    if "folder" in content:
        raise SettingsError(f"{file} cannot be used:\n  folder: unknown key; {_allowed(('folder',))}")
    try:
        if STORE_VARIABLE in os.environ:
            content["store"] = {"url": os.environ[STORE_VARIABLE]}
        settings = _with_one_currency(Settings(**{**content, "folder": file.resolve().parent}))
        if settings.history is not None:
            _check_history(settings.history, settings)
        if settings.export is None and not settings.store.learned_from:
            raise ValueError(
                "store.learned_from: must be true where no export is named, as nothing else could be learned from"
            )
        check_webhooks(settings.webhooks, settings)
        check_crm(settings.crm, settings.webhooks, settings)
        settings.accountability.check(settings)
        _check_spend(settings)
    except ValidationError as error:
        raise SettingsError("\n".join([f"{file} cannot be used:", *map(_line, error.errors())])) from error
    except ValueError as error:
        raise SettingsError(f"{file} cannot be used:\n  {redacted(str(error))}") from error
    return settings


def _with_one_currency(settings: Settings) -> Settings:
    """Let the currency of the pages be that of the outcomes, and the other way round, where one of them is named alone."""
    history, shown = settings.history, settings.service.currency
    if history is None:
        return settings
    code = currency_of(f"{shown} 1") if shown else ""
    named = {outcomes.currency for outcomes in history.outcomes} - {""}
    if len(named | {code} - {""}) > 1 and code:
        raise ValueError(
            f"service.currency: must be that of the amounts under [history.outcomes], got {shown!r} beside {', '.join(sorted(named))}: nothing is "
            f"converted, so name one in both places, or in one of them alone"
        )
    if not shown and len(named) == 1:
        return settings.model_copy(
            update={"service": settings.service.model_copy(update={"currency": next(iter(named))})}
        )
    if not re.fullmatch("[A-Z]{3}", code):
        return settings
    outcomes = tuple(one if one.currency else one.model_copy(update={"currency": code}) for one in history.outcomes)
    return settings.model_copy(update={"history": history.model_copy(update={"outcomes": outcomes})})


def _check_history(history: HistorySource, schema: LeadSchema) -> None:
    mapped = sorted(history.model_fields_set - {"source"})
    if history.source == STORE and mapped:
        raise ValueError(f'history.{mapped[0]}: must not stand beside source = "{STORE}", whose tables are known')
    check_mapping(history, schema)


def _check_spend(settings: Settings) -> None:
    if settings.spend is None:
        return
    if settings.spend.source in ("", STORE):
        raise ValueError("accountability.costs.spend.source: must say where the table lies, as the store has none")
    check_spend(settings.spend)


def _line(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"] if not str(part).startswith("function-")) or "top level"
    if error["type"] == "extra_forbidden":
        return f"  {redacted(place)}: unknown key; {_allowed(error['loc'])}"
    return redacted(f"  {place}: {error['msg'].removeprefix('Value error, ')}, got {_shown(error['input'])}")


def _allowed(location: tuple[int | str, ...]) -> str:
    """Return the keys allowed beside an unknown one, found by walking the settings' own types."""
    model: Any = Settings
    for part in location[:-1]:
        model = _child(model, str(part))
        if model is None:
            return "see `glengarry init` for the keys"
    return f"allowed here: {', '.join(sorted(name for name in model.model_fields if name != 'folder'))}"


def _child(model: Any, part: str) -> Any:
    if not hasattr(model, "model_fields"):
        return model
    field = model.model_fields.get(part)
    return next(iter(_models(field.annotation)), None) if field else model


def _models(annotation: Any) -> list[Any]:
    if hasattr(annotation, "model_fields"):
        return [annotation]
    return [model for argument in getattr(annotation, "__args__", ()) for model in _models(argument)]


def _shown(value: object, most: int = 80) -> str:
    text = redacted(repr(value))  # before it is cut: what is left of a URL shows its password
    return text if len(text) <= most else f"{text[:most]}…"
