"""The model that answers: where a worker finds it, and how it scores leads as they come in.

Where there is a settings file, the registry is asked before the workers start, and they find its champion as last good
copies (`serving.champion.cache`); if the registry cannot be reached, the last one there serves. A Bento without settings has its champion in a
folder beside the code.
"""

import gc
import logging
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property, partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple, Self, TypeVar

from pydantic import Field

from features.records.clock import to_datetime
from features.records.history import History, Moments
from features.records.leads.checking import BadLeadError, LeadRecord, read_lead, to_history
from features.records.leads.set_aside import problem_of
from features.records.parsing.notation import decimals_of, plain_record
from features.records.parsing.numbers import Mark
from features.settings.differences import differences
from features.settings.frozen import Frozen
from features.settings.schema import LeadSchema
from models.close.model import MODEL_FILES, CloseModel, Explained
from models.close.reasons.explanation import LeadScore, Level, levels, scores_of
from models.decision.decider import Decider, LeadDecision
from models.digest import digest_of, refuse_damaged, text_of
from models.registry import Registry
from models.registry.artifacts import ARTIFACT_FILES, NO_ARTIFACTS, Artifacts
from serving.champion.cache import ModelCache
from serving.schemas.problems import INVALID_LEAD, problem
from serving.schemas.score import ModelVersion, Problem, Score, score_message
from serving.settings.forms import FormSettings
from serving.settings.letter import LetterSettings
from serving.settings.login import LoginSettings
from serving.settings.secret import EXPLORATION
from serving.settings.settings import (
    DEFAULT_FILE,
    SETTINGS_VARIABLE,
    ServiceSettings,
    Settings,
    SettingsError,
    load_settings,
)
from serving.settings.webhooks import WebhookSettings
from serving.telemetry.logs import configure

log = logging.getLogger("glengarry")

T = TypeVar("T")

FOLDER_VARIABLE = "GLENGARRY_CHAMPION"
"""Environment variable that names a folder with the champion's text files, which then serves for good."""
COPIES_VARIABLE = "GLENGARRY_COPIES"
"""Environment variable that names the copies to the workers."""
BUNDLED = Path(__file__).parents[2] / "champion"
"""The champion's folder in a Bento; a checkout has none."""
DEPLOYMENT = "deployment.json"
DIGEST = "digest.txt"
"""Holds the digest of all other texts of a champion's folder."""


class NoChampionError(LookupError):
    """There is no model to answer with."""


class BrokenChampionError(ValueError):
    """A model that does not score as it should."""


class Deployment(Frozen):
    """What a champion needs beside its own texts, to be the same in a Bento as at home.

    Attributes
    ----------
    intake
        What may be known of a lead by the settings of today; those of the model's training where it is not said.
    id_form
        The rules by which ids that differ in writing are one, as for the export.
    decimals
        The decimal marks of numbers, as for the export.
    """

    name: str
    version: str
    service: ServiceSettings = ServiceSettings()
    forms: FormSettings = FormSettings()
    webhooks: dict[str, WebhookSettings] = Field(default_factory=dict)
    login: LoginSettings = LoginSettings()
    letter: LetterSettings = LetterSettings()
    intake: LeadSchema | None = None
    id_form: tuple[str, ...] = ()
    decimals: dict[str, Mark] = Field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings, version: str) -> Self:
        """Return what the settings say of today, around a version of the model."""
        return cls(
            name=settings.registry.model,
            version=version,
            service=settings.service,
            forms=settings.forms,
            webhooks=settings.webhooks,
            login=settings.login,
            letter=settings.letter,
            intake=settings.lead_schema,
            id_form=() if settings.export is None else settings.export.id_form,
            decimals={} if settings.export is None else decimals_of(settings.export),
        )


class UpTo(StrEnum):
    """How far a score goes; each takes in those before it, and takes longer."""

    REASONS = "reasons"
    DECISION = "decision"
    QUESTIONS = "questions"


class Scored(NamedTuple):
    """A score as the model gives it, and as it leaves the house."""

    explained: LeadScore
    message: Score


@dataclass(frozen=True)
class Champion:
    """A close model with what stands beside it, its name in the registry and the limits of the service around it.

    Attributes
    ----------
    secret
        By which lots are drawn; without it, there are none.
    """

    model: CloseModel
    deployment: Deployment
    beside: Artifacts = NO_ARTIFACTS
    secret: str = field(default="", repr=False)

    @property
    def decider(self) -> Decider | None:
        """What it decides by; None for a model that was made before there was such a thing."""
        return self.beside.decider

    @property
    def limits(self) -> ServiceSettings:
        """How much may be sent at once."""
        return self.deployment.service

    @property
    def forms(self) -> FormSettings:
        """How web forms are taken."""
        return self.deployment.forms

    @property
    def webhooks(self) -> Mapping[str, WebhookSettings]:
        """What CRMs send by themselves, by the name in the address."""
        return self.deployment.webhooks

    def under(self, settings: Settings) -> Self:
        """Return the same model under the settings of today."""
        return replace(self, deployment=Deployment.of(settings, self.deployment.version))

    @property
    def intake(self) -> LeadSchema:
        """What may be told of a lead, by the settings of today: it holds at once, whatever the model was trained on."""
        return self.deployment.intake or self.model.schema

    @property
    def id_form(self) -> tuple[str, ...]:
        """By which rules ids that differ in writing are one, in calls as in files."""
        return self.deployment.id_form

    def plain(self, record: object) -> object:
        """Return a record of a call with its ids and numbers as the export's are read."""
        return plain_record(record, self.id_form, self.deployment.decimals)

    @cached_property
    def differences(self) -> list[str]:
        """Where the settings of today and those of the model's training differ, in sentences."""
        return differences(self.model.schema, self.intake)

    @cached_property
    def version(self) -> ModelVersion:
        """What every score says about the model."""
        trained_until = to_datetime(self.model.trained_until)
        return ModelVersion(name=self.deployment.name, version=self.deployment.version, trained_until=trained_until)

    def score(self, leads: Iterable[object], now: datetime, up_to: UpTo = UpTo.QUESTIONS) -> list[Score | Problem]:
        """Score leads as JSON gives them, all good ones in one go; a bad one gets its problem instead.

        Parameters
        ----------
        leads
            Each with `fields`, and where known `lead_id`, `created_at`, `as_of` and `events`.
        now
            The moment of scoring of leads that name none.
        up_to
            What follows it is left out.
        """
        return [scored if isinstance(scored, Problem) else scored.message for scored in self.explain(leads, now, up_to)]

    def explain(self, leads: Iterable[object], now: datetime, up_to: UpTo = UpTo.QUESTIONS) -> list[Scored | Problem]:
        """Score leads as `score` does, and say what each score was made from."""
        return self._each(leads, now, partial(self._scores, up_to=up_to))

    def levels(self, leads: Iterable[object], now: datetime) -> list[Level | Problem]:
        """Say of leads what `score` does, in numbers alone."""
        return self._each(leads, now, self._levels)

    def _each(
        self, leads: Iterable[object], now: datetime, answers_to: Callable[[list[LeadRecord]], Iterator[T]]
    ) -> list[T | Problem]:
        """Return the answer to each lead that breaks no rule; those are answered in one go."""
        read = [self._read(lead, now) for lead in leads]
        answers = answers_to([lead for lead in read if isinstance(lead, LeadRecord)])
        return [lead if isinstance(lead, Problem) else next(answers) for lead in read]

    def _read(self, lead: object, now: datetime) -> LeadRecord | Problem:
        try:
            return read_lead(self.model.schema, self._as_known(lead), now)
        except BadLeadError as error:
            return problem(INVALID_LEAD, error.problems)

    def _as_known(self, lead: object) -> object:
        """Return a lead without what the settings of today allow and the model has not learned: to it, that is not known."""
        fields = lead.get("fields") if isinstance(lead, Mapping) else None
        if self.deployment.intake is None or not isinstance(lead, Mapping) or not isinstance(fields, Mapping):
            return lead
        new = [name for name, value in fields.items() if self._is_new(name, value)]
        return {**lead, "fields": {name: value for name, value in fields.items() if name not in new}} if new else lead

    def _is_new(self, name: str, value: object) -> bool:
        unread = problem_of(self.model.schema, name, value) is not None
        return unread and problem_of(self.intake, name, value) is None

    def _scores(self, leads: list[LeadRecord], up_to: UpTo) -> Iterator[Scored]:
        if leads:
            history, moments = to_history(self.model.schema, leads)
            explained = self.model.explain(self.model.matrix(history, moments))
            scores = scores_of(self.model, history, moments, explained)
            decisions = self._decisions(history, moments, explained, up_to)
            for scored, decision in zip(scores, decisions, strict=True):
                message = score_message(scored, self.version, self.model.schema, decision, self.beside.record)
                yield Scored(scored, message)

    def _levels(self, leads: list[LeadRecord]) -> Iterator[Level]:
        if leads:
            yield from levels(self.model, *to_history(self.model.schema, leads))

    def _decisions(
        self, history: History, moments: Moments, explained: Explained, up_to: UpTo
    ) -> Sequence[LeadDecision] | Sequence[None]:
        if self.decider is None or up_to is UpTo.REASONS:
            return [None] * len(moments)
        ask = up_to is UpTo.QUESTIONS
        return self.decider.decide(self.model, history, moments, explained, self.secret, ask=ask)

    def to_texts(self) -> dict[str, str]:
        """Return the champion as text files by name, as a Bento holds them."""
        deployment = self.deployment.model_dump_json(indent=1)
        texts = {**self.model.to_texts(), **self.beside.to_texts(), DEPLOYMENT: deployment}
        return {**texts, DIGEST: digest_of(texts)}


def from_folder(folder: Path) -> Champion:
    """Read a champion from the text files that `keep` wrote.

    Raises
    ------
    NoChampionError
        If a file is missing, was damaged, or does not fit this version of the code.
    """
    try:
        beside = [name for name in ARTIFACT_FILES if (folder / name).exists()]
        texts = {name: text_of(folder / name) for name in (*MODEL_FILES, DEPLOYMENT, *beside)}
        if (folder / DIGEST).exists():  # a Bento of an earlier version has none
            refuse_damaged(f"The champion in {folder}", texts, text_of(folder / DIGEST))
        deployment = Deployment.model_validate_json(texts[DEPLOYMENT])
        return Champion(CloseModel.from_texts(texts), deployment, Artifacts.from_texts(texts))
    except (OSError, ValueError, KeyError) as error:
        raise NoChampionError(f"{folder} must hold a champion, got {error!r}: serve or build anew.") from error


def from_registry(settings: Settings) -> Champion:
    """Load the champion that the registry names.

    Raises
    ------
    NoModelError
        If there is none.
    RegistryError
        If the registry cannot be reached.
    ValueError
        If it was made for other features than this version of Glengarry computes, or cannot be read.
    """
    registry = Registry(settings.registry, settings.var)
    try:
        loaded = registry.load()
    except (LookupError, ValueError, OSError):
        raise
    except Exception as error:
        raise BrokenChampionError(
            f"The champion of {settings.registry.model!r} must be readable, got {error!r}: promote another version."
        ) from error
    return Champion(loaded.model, Deployment.of(settings, loaded.version), loaded.beside)


def keep(champion: Champion, folder: Path) -> None:
    """Write a champion's text files; a reader never sees half a file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in champion.to_texts().items():
        with NamedTemporaryFile("w", encoding="utf-8", newline="\n", dir=folder, delete=False) as file:
            file.write(text)
        Path(file.name).replace(folder / name)


def checked(champion: Champion) -> Champion:
    """Return a champion that scores as it should: a lead of which nothing is known gets a probability whose reasons add up.

    Raises
    ------
    BrokenChampionError
        If it does not.
    """
    now = to_datetime(champion.model.trained_until)
    try:
        (scored,) = champion.score([{"fields": {}}], now)
    except Exception as error:  # a model can be broken in any way
        raise BrokenChampionError(_broken(champion, repr(error))) from error
    if isinstance(scored, Problem):
        raise BrokenChampionError(_broken(champion, scored.detail))
    reasons = (*scored.reasons.for_, *scored.reasons.against)
    total = scored.base_value + sum(reason.contribution for reason in reasons)
    if not math.isclose(total, scored.margin, rel_tol=0, abs_tol=1e-9):
        raise BrokenChampionError(_broken(champion, f"reasons that add up to {total}, not to {scored.margin}"))
    return champion


def _broken(champion: Champion, got: str) -> str:
    version = champion.deployment.version
    return f"Version {version} must score a lead of which nothing is known, got {got[:300]}: promote another version."


def find_champion(environment: Mapping[str, str], bundled: Path = BUNDLED) -> Champion:
    """Load the champion of this place: from the folder that is named, from the copies, from the Bento, or from the registry.

    Raises
    ------
    LookupError, ValueError, OSError
        If there is none, the settings cannot be used, or the registry cannot be reached.
    """
    if FOLDER_VARIABLE in environment:
        return from_folder(Path(environment[FOLDER_VARIABLE]))
    if COPIES_VARIABLE in environment:
        return _from_whole_copies(environment)
    if SETTINGS_VARIABLE not in environment and bundled.is_dir():
        return from_folder(bundled)
    return from_registry(_settings(environment))


def from_copies(copies: ModelCache) -> Champion:
    """Read the champion that serves from the copies.

    Raises
    ------
    NoChampionError
        If there is none, or it does not fit this version of the code.
    """
    kept = copies.serving()
    if kept is None:
        raise NoChampionError(f"{copies.folder} must hold a champion, got none: start with `glengarry serve`.")
    return from_folder(copies.place(kept))


def _from_whole_copies(environment: Mapping[str, str]) -> Champion:
    """Read the champion that serves; a copy that was damaged while the service ran is made anew, or the last good one serves."""
    copies = ModelCache(Path(environment[COPIES_VARIABLE]))
    try:
        return from_copies(copies)
    except NoChampionError as damage:
        log.error("the copy of the champion is made anew, because: %s", damage)
        try:
            settings = _settings(environment)
        except SettingsError:
            raise damage from None
        champion = _whole(settings, copies)
    put(champion, copies)
    return champion


def differing_from_champion(settings: Settings) -> list[str]:
    """Return where these settings and the model that last served differ, in sentences; nothing where none has."""
    try:
        return from_copies(ModelCache(settings.copies)).under(settings).differences
    except NoChampionError:
        return []


def provide_champion(environment: MutableMapping[str, str], bundled: Path = BUNDLED) -> Champion:
    """Find the champion before workers start, and put a registry's among the copies that the environment names to them.

    So the registry is asked once, not by each worker, and what keeps a worker from starting is said before. If the registry cannot be
    reached, or its champion is broken, the last good one serves: that of the copies, or else that of the Bento.
    """
    named = FOLDER_VARIABLE in environment or COPIES_VARIABLE in environment
    if named or (SETTINGS_VARIABLE not in environment and bundled.is_dir()):
        return find_champion(environment, bundled)
    settings = _settings(environment)
    copies = ModelCache(settings.copies)
    champion = _whole(settings, copies, bundled)
    put(champion, copies)
    environment[COPIES_VARIABLE] = str(copies.folder)
    environment[EXPLORATION.variable] = EXPLORATION.find(environment, settings.var)
    return champion


def put(champion: Champion, copies: ModelCache) -> None:
    """Let a champion serve from the copies."""
    copies.put(champion.deployment.name, champion.deployment.version, champion.to_texts())


def _whole(settings: Settings, copies: ModelCache, bundled: Path = BUNDLED) -> Champion:
    """Return the registry's champion; if it cannot be reached or is broken, the last good one."""
    try:
        return checked(from_registry(settings))
    except (LookupError, ValueError, OSError) as error:
        champion = _last_good(settings, copies, bundled)
        if champion is None:
            raise
        log.error("version %s serves, the last good one, because: %s", champion.deployment.version, error)
        return champion.under(settings)


def _last_good(settings: Settings, copies: ModelCache, bundled: Path) -> Champion | None:
    """Return the champion that served last and is whole: of the copies, or else of the Bento."""
    serving = copies.serving()
    folders = [] if serving is None else [copies.place(serving)]
    for folder in (*folders, *copies.places()):
        with suppress(NoChampionError):
            champion = from_folder(folder)
            if champion.deployment.name == settings.registry.model:
                return champion
    return from_folder(bundled) if bundled.is_dir() else None


def start_worker() -> Champion:
    """Load the champion for the life of a worker, and spare it the long pauses of the garbage collector.

    What stands after the start stays: the collector need not walk over it again and again, which took up to 200 ms.
    """
    champion = replace(find_champion(os.environ), secret=os.environ.get(EXPLORATION.variable, ""))
    configure(champion.limits.log)
    tell_differences(champion)
    settle()
    return champion


def tell_differences(champion: Champion) -> None:
    """Write into the log where the settings of today and the model differ."""
    for sentence in champion.differences:
        log.warning("settings and model differ: %s", sentence)


def settle() -> None:
    """Take what stands by now from the garbage collector's rounds."""
    gc.collect()
    gc.freeze()


def _settings(environment: Mapping[str, str]) -> Settings:
    return load_settings(Path(environment.get(SETTINGS_VARIABLE, DEFAULT_FILE)))
