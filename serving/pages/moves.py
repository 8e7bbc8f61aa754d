"""Why a lead's score has moved, in the words of its reasons."""

from serving.pages.queue import Move, lead_path, way
from serving.pages.words import moved_to
from serving.schemas.score import Score


def move(lead_id: str, before: Score, after: Score, name: str | None = None) -> Move:
    """Return how a lead's score has moved from one to the other, as displayed, with what moved it most."""
    shown = round(after.probability * 1000)
    tenths = shown - round(before.probability * 1000)
    return Move(name or lead_id, lead_path(lead_id), moved_to(tenths, shown), way(tenths), reason(before, after))


def reason(before: Score, after: Score) -> str:
    """Say what moved a score most in the way that it went.

    A reason that is no more, or weighs less, is told as such; by another model, the reasons cannot be held against those of before.
    """
    if before.model != after.model:
        return f"Scored by a new model, version {after.model.version}."
    old, new = ({one.subject: one for one in (*s.reasons.for_, *s.reasons.against)} for s in (before, after))
    sign = 1 if after.margin >= before.margin else -1

    def moved(subject: str) -> float:
        gone, came = old.get(subject), new.get(subject)
        return sign * ((came.contribution if came else 0.0) - (gone.contribution if gone else 0.0))

    subject = max((*new, *old), key=moved, default="")
    if not subject:
        return ""
    if subject not in new:
        return f"No longer so: {old[subject].sentence}."
    told = new[subject]
    return f"{told.sentence}." if told.contribution * sign > 0 else f"Weighs less than before: {told.sentence}."
