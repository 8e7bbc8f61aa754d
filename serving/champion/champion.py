"""The model that answers: how it scores leads as they come in, under the settings of today."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property, partial
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
from models.close.model import CloseModel, Explained
from models.close.reasons.explanation import LeadScore, Level, levels, scores_of
from models.decision.decider import Decider, LeadDecision
from models.digest import digest_of
from models.registry.artifacts import NO_ARTIFACTS, Artifacts
from serving.schemas.problems import INVALID_LEAD, problem
from serving.schemas.score import ModelVersion, Problem, Score, score_message
from serving.settings.forms import FormSettings
from serving.settings.letter import LetterSettings
from serving.settings.login import LoginSettings
from serving.settings.settings import (
    ServiceSettings,
    Settings,
)
from serving.settings.webhooks import WebhookSettings

T = TypeVar("T")

DEPLOYMENT = "deployment.json"
DIGEST = "digest.txt"
"""Holds the digest of all other texts of a champion's folder."""


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
