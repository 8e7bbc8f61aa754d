"""The page of the round: what is under way, what the last one came to, and what may be begun; in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from features.records.clock import to_datetime
from serving.batch.rounds import RoundState
from serving.pages.words import ago, day, minute

ROUND = "/pages/round"
SAYS = {
    "retrain": "Train, judge, and promote or refuse",
    "promote": "Judge version {version}, and let it serve if it passes",
    "rollback": "Let the champion before serve again",
}
CODES = {0: "Done.", 3: "The gate refused: what served goes on serving."}
"""What came of a round by its exit code; any other says that it broke off. What it is in full, the command itself says in its last line."""


@dataclass(frozen=True)
class RoundPage:
    """Everything that the page says; what does not hold is empty.

    Attributes
    ----------
    versions
        Those that may be promoted, as (number, words).
    trouble
        Why nothing can be begun here.
    """

    title: str
    came: str
    kind: str
    is_running: bool
    log: str
    versions: tuple[tuple[str, str], ...]
    serves: str
    trouble: str
    has_earlier: bool


def round_page(
    latest: RoundState | None,
    versions: Sequence[tuple[str, int, bool]],
    zone: tzinfo,
    now: int,
    trouble: str = "",
    *,
    has_earlier: bool = True,
) -> RoundPage:
    """Return the page.

    Parameters
    ----------
    versions
        Every version as number, when it was registered (microseconds UTC), and whether it serves.
    trouble
        Why nothing can be begun here.
    has_earlier
        Whether another version has served before.
    """
    offered = tuple((number, f"{number}, registered {day(at, zone)}") for number, at, serves in versions if not serves)
    serving = next((f"Version {number} serves." for number, _, serves in versions if serves), "Nothing serves yet.")
    if latest is None:
        return RoundPage("", "", "", False, "", offered, serving, trouble, has_earlier)
    begun = latest.begun
    what = SAYS[begun.kind].replace("{version}", begun.version)
    overruled = ", in spite of the gate" if begun.overrules else ""
    because = f": {begun.reason}" if begun.reason else ""
    title = f"{what}{overruled}: begun by {begun.by} {ago(begun.begun_at, now)}, {minute(to_datetime(begun.begun_at), zone)}{because}"
    came, kind = _came(latest)
    return RoundPage(title, came, kind, latest.is_running, latest.log, offered, serving, trouble, has_earlier)


def _came(latest: RoundState) -> tuple[str, str]:
    """Say what came of a round, and whether that is as one would wish."""
    if latest.is_running:
        return "It is under way; this page follows it, and may be left.", "calm"
    if latest.code is None:
        return "It was killed before its end. What served goes on serving.", "error"
    said = CODES.get(latest.code)
    if said is None:
        return "It broke off, and says why below. What served goes on serving.", "error"
    last = next((line.strip() for line in reversed(latest.log.splitlines()) if line.strip()), "")
    return f"{said} {last}".strip(), "calm" if latest.code == 0 else ""
