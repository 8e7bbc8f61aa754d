"""Promotion and rollback: what the gate says is recorded with the version, and the champion changes or stays."""

from collections.abc import Callable

from features.records.history import History
from features.settings.schema import LeadSchema
from models.registry import CHAMPION, NoModelError, Registry
from models.registry.champions import Cause, Kind, earlier
from training.fitting.fit import TooFewOutcomesError
from training.gate import recorded_scores
from training.gate.check import Check, Verdict
from training.gate.comparison import Contestant
from training.gate.decision import Approval, PromotionDecision, record
from training.gate.verdict import judge
from training.settings import SETTINGS_FILE, GateSettings, TrainingSettings

Reader = Callable[[LeadSchema], History]
"""Reads the history by another schema: that of a champion from before the settings changed."""


class AlreadyChampionError(ValueError):
    """The version serves already."""


class IncomparableError(ValueError):
    """A version cannot be judged on this history."""


def promote(
    number: str, history: History, read: Reader, registry: Registry, settings: GateSettings, word: Approval
) -> PromotionDecision:
    """Judge a version against the champion, record the verdict, and let it serve if it passed or the gate is overruled.

    Raises
    ------
    AlreadyChampionError
        If it serves already.
    NoModelError
        If there is no such version.
    ChampionChangedError
        If the champion was changed while this one was judged.
    RegistryError
        If MLflow cannot be reached.
    """
    champion = champion_of(registry)
    decision = PromotionDecision(judge_version(number, champion, history, read, registry, settings), word)
    record(decision, registry)
    crown(decision, registry)
    return decision


def champion_of(registry: Registry) -> str | None:
    """Return the version that serves; None if there is none yet."""
    try:
        return registry.version_of(CHAMPION)
    except NoModelError:
        return None


def judge_version(
    number: str, champion: str | None, history: History, read: Reader, registry: Registry, settings: GateSettings
) -> Verdict:
    """Judge a version against the champion; one that cannot be compared has not shown anything, and is refused.

    Raises
    ------
    AlreadyChampionError
        If it serves already.
    NoModelError
        If there is no such version.
    """
    if number == champion:
        raise AlreadyChampionError(
            f"A version to promote must not be the champion, got version {number}, which serves."
        )
    registry.load(number)  # what cannot be loaded must not serve, whatever anybody says
    kept = registry.document(number, recorded_scores.FILE)
    try:
        return judge(
            contestant(number, history, read, registry),
            contestant(champion, history, read, registry) if champion else None,
            recorded_scores.RecordedScores.from_json(kept) if kept else None,
            settings,
        )
    except (IncomparableError, TooFewOutcomesError) as error:
        return Verdict(number, champion, (Check("comparison", False, str(error)),))


def contestant(number: str, history: History, read: Reader, registry: Registry) -> Contestant:
    """Return a version with its settings, and the history as these read it.

    Raises
    ------
    IncomparableError
        If it cannot be loaded, or its settings cannot read this history.
    """
    try:
        _, model, beside = registry.load(number)
        settings = trained_with(number, registry)
        own = history if model.schema == history.schema else read(model.schema)
    except ValueError as error:
        raise IncomparableError(
            f"Version {number} must be judged on the history as the settings of its training read it, got: {error} "
            "Bring back what it needs, or decide without the gate: --overrule."
        ) from error
    return Contestant(number, model, settings, own, beside.decider)


def trained_with(number: str, registry: Registry) -> TrainingSettings:
    """Return the settings that a version was trained with.

    Raises
    ------
    ValueError
        If they were not kept, or no longer mean anything.
    """
    kept = registry.document(origin(number, registry), SETTINGS_FILE)
    if kept is None:
        raise ValueError(f"its run keeps no {SETTINGS_FILE}.")
    return TrainingSettings.model_validate(kept["training"])


def origin(number: str, registry: Registry) -> str:
    """Return the version that was trained, of which this one is a refresh of a refresh; itself if it was trained."""
    while refreshed := registry.version(number).tags.get("refreshed_from"):
        number = refreshed
    return number


def crown(decision: PromotionDecision, registry: Registry) -> None:
    """Let a version serve if that was decided, unless the champion is no longer the one that it was held against.

    A champion that was refreshed meanwhile is still the same model.

    Raises
    ------
    ChampionChangedError
        If another model serves by now.
    """
    if not decision.promoted:
        return
    verdict, word = decision.verdict, decision.word
    against, serving = verdict.champion, champion_of(registry)
    if against and serving and origin(against, registry) == origin(serving, registry):
        against = serving
    kind: Kind = "promoted" if verdict.passed else "overruled"
    reason = word.reason or "it passed the gate"
    registry.make_champion(verdict.version, Cause(kind, word.at, word.by, reason), instead_of=against)


def rollback(registry: Registry, steps: int, word: Approval) -> str:
    """Let the champion of so many steps before serve again, and return its version; nothing is deleted.

    Raises
    ------
    NoEarlierChampionError
        If there are not so many.
    NoModelError
        If there is no champion.
    """
    champion = registry.version_of(CHAMPION)
    target = earlier(registry.changes(), champion, steps)
    registry.load(target)  # what cannot be loaded must not serve
    cause = Cause("rolled back", word.at, word.by, word.reason, steps)
    registry.make_champion(target, cause, instead_of=champion)
    return target
