"""The leak audit inside a training: what knows the outcome stops it, unless the settings accept it by name and reason."""

from collections.abc import Sequence

from features.leaks import Finding, Gain, audit
from features.records.history import History
from training.settings import TrainingSettings

TOO_GOOD = 0.95
"""ROC AUC above which a whole model is taken to know the outcome: leads that can be told apart so well need no model."""
WHOLE_MODEL = "close_model"
"""What the settings accept if they accept a model that is too good."""


class LeakError(ValueError):
    """A training that would learn from what was written after the outcome; the message names each field, why, and what to do."""


def refuse_leaks(history: History, settings: TrainingSettings) -> tuple[Finding, ...]:
    """Audit the fields that a training is about to use, and return what was found.

    Raises
    ------
    LeakError
        If a severe finding is not accepted.
    """
    findings = audit(history)
    severe = [each for each in findings if each.severity == "severe" and each.field not in settings.accepted_leaks]
    if severe:
        raise LeakError("\n".join([_headline(severe), *(f"  {finding}" for finding in severe)]))
    return findings


def _headline(severe: Sequence[Finding]) -> str:
    fields = f"{len(severe)} fields know" if len(severe) > 1 else "1 field knows"
    return f"A model must not learn from what was written after the outcome, and {fields} it:"


def refuse_too_good(roc_auc: float, settings: TrainingSettings) -> None:
    """Refuse a model that ranks later leads better than anything that is known before the outcome can.

    Raises
    ------
    LeakError
        If its ROC AUC is above `TOO_GOOD` and the settings do not accept that.
    """
    if roc_auc > TOO_GOOD and WHOLE_MODEL not in settings.accepted_leaks:
        raise LeakError(
            f"The ROC AUC of the close model on later leads must be at most {TOO_GOOD}, got {roc_auc:.3f}: its fields together "
            f"know the outcome. Look for those that are written late (glengarry audit) and give them the role late; or, if it "
            f'truly is so easy, accept it with a reason: {WHOLE_MODEL} = "..." under [training.accepted_leaks].'
        )


def left_out_sentence(gain: Gain) -> str:
    """Say what admitting profile or context fields would add.

    Examples
    --------
    >>> left_out_sentence(Gain(("country",), 0.012, 0.003, 0.6))
    'Left out of the model: country. Admitting it would save 2.0 % of the log loss (give or take 0.5) on the later third of the leads.'
    """
    it = "it" if len(gain.columns) == 1 else "all of them"
    return f"Left out of the model: {', '.join(gain.columns)}. Admitting {it} {gain}."


def audit_tags(findings: Sequence[Finding], settings: TrainingSettings) -> dict[str, str]:
    """Return what the registry keeps of an audit: what was found in fields in use, and what was accepted, and why."""
    found = {f"audit/{finding.field}": f"{finding.severity}: {finding.evidence}" for finding in findings}
    return found | {f"accepted_leak/{name}": reason for name, reason in settings.accepted_leaks.items()}
