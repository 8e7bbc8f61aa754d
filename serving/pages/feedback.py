"""What reps have said of scores, in words: beside the score of a lead, and all of it for review."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from serving.pages.queue import lead_path
from serving.pages.words import minute, percent
from serving.store.records import DIRECTIONS, GivenFeedback

FEEDBACK = "/pages/feedback"
CHOICES: dict[str, str] = {**{str(word): word.capitalize() for word in DIRECTIONS}, "right": "About right"}
"""What a reader may say of a score, and choose by: as it stands in a form, and in words."""


@dataclass(frozen=True)
class Said:
    """What somebody said of a score."""

    lead_id: str
    path: str
    who: str
    when: str
    verdict: str
    comment: str
    share: str
    now: str


@dataclass(frozen=True)
class FeedbackList:
    """Everything that the page of feedback says; paths are empty where there is nothing to go to."""

    said: tuple[Said, ...]
    choices: tuple[tuple[str, str], ...]
    chosen: str
    next: str
    first: str


def said(given: GivenFeedback) -> Said:
    """Return feedback in words."""
    return Said(
        lead_id=given.lead_id,
        path=lead_path(given.lead_id),
        who=given.given_by_name,
        when=minute(given.stored_at),
        verdict=_verdict(given),
        comment=given.comment or "",
        share=_share(given.probability),
        now=given.status if given.status != "open" else _share(given.latest_probability),
    )


def _verdict(given: GivenFeedback) -> str:
    if given.agrees:
        return CHOICES["right"]
    return CHOICES[given.direction] if given.direction else "Not right"


def _share(probability: float | None) -> str:
    return "" if probability is None else percent(round(probability * 1000))


def feedback_list(found: Iterable[GivenFeedback], chosen: Mapping[str, str], following: str | None) -> FeedbackList:
    """Return the page of feedback.

    Parameters
    ----------
    chosen
        What the reader has chosen by, as it stands in the address.
    following
        The cursor of the next page.
    """
    kept = {name: value for name, value in chosen.items() if name != "cursor"}
    return FeedbackList(
        said=tuple(map(said, found)),
        choices=(("", "Everything"), *CHOICES.items()),
        chosen=kept.get("verdict", ""),
        next=f"{FEEDBACK}?{urlencode(kept | {'cursor': following})}" if following else "",
        first=f"{FEEDBACK}?{urlencode(kept)}" if "cursor" in chosen else "",
    )
