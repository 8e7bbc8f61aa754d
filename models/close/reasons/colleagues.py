"""What is said of the other leads of an account."""

import math

from features.matrix.feature import EVERYONE, Feature
from models.close.reasons.wording import ago, counted, in_window

LATEST = {
    "lead": ("a colleague came in", "no colleague has come in so far"),
    "win": ("a colleague's lead was won", "no colleague's lead was won so far"),
    "loss": ("a colleague's lead was lost", "no colleague's lead was lost so far"),
}
"""What is said of the latest lead, win or loss of the same account, and where there is none."""


def colleagues(feature: Feature, value: float, account: str, singular: str) -> str:
    """Return what a feature of the other leads of an account says.

    Parameters
    ----------
    account
        How people call what the leads have in common, such as "company".
    singular
        How they call the kind of event that the feature is about, where it is about one.
    """
    match feature.measure:
        case "account_leads" | "account_events" if math.isnan(value):
            return f"not known: other leads of the same {account}"
        case "account_leads":
            said = _leads(int(value), feature.value or "open")
        case "account_events":
            said = f"{_events(int(value), feature.value == EVERYONE)} {in_window(feature.window_days)}"
        case "account_since":
            latest, never = LATEST[feature.value or "lead"]
            said = never if math.isnan(value) else f"{latest} {ago(value)}"
        case _:
            said = (
                f"no {singular} of a colleague so far"
                if math.isnan(value)
                else f"last {singular} of a colleague {ago(value)}"
            )
    return f"{said} (same {account})"


def _leads(count: int, ended: str) -> str:
    is_one = count == 1
    verb = ("is" if is_one else "are") if ended == "open" else ("was" if is_one else "were")
    return f"{counted(count, 'other lead', 'other leads') if count else 'no other leads'} {verb} {ended}"


def _events(count: int, anybody: bool) -> str:
    if anybody:
        return f"{counted(count, 'event', 'events')} with colleagues" if count else "nothing happened with colleagues"
    return f"colleagues did something {counted(count, 'time', 'times')}" if count else "nothing heard from colleagues"
