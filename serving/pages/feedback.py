"""What reps have said of scores, in words: beside the score of a lead, and all of it for review."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from urllib.parse import urlencode

from models.close.reasons.sentences import percent
from models.decision.rates import jeffreys_interval
from serving.pages.queue import lead_path
from serving.pages.words import minute, percent_of_tenths
from serving.schemas.vocabulary import DIRECTIONS
from serving.store.feedback import Objection
from serving.store.records import GivenFeedback

FEEDBACK = "/pages/feedback"
ALL_LEADS = "all leads"
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
    records: tuple["ObjectionRecord", ...] = ()


def feedback_in_words(given: GivenFeedback, zone: tzinfo = UTC) -> Said:
    """Return feedback in words, its time in a zone."""
    return Said(
        lead_id=given.lead_id,
        path=lead_path(given.lead_id),
        who=given.given_by_name,
        when=minute(given.stored_at, zone),
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
    return "" if probability is None else percent_of_tenths(round(probability * 1000))


@dataclass(frozen=True)
class ObjectionRecord:
    """What became of the scores of one kind of lead that were objected to in one way; `verdict` says whether the objection was right."""

    kind: str
    direction: str
    scores: str
    promised: str
    won: str
    verdict: str


def objection_records(objections: Sequence[Objection], fewest: int) -> tuple[ObjectionRecord, ...]:
    """Return the records of objections: of all leads, then by source, each of at least `fewest` leads that have had their time.

    An objection was right where what came lies on its side of what was promised, by more than luck explains.
    """
    groups: dict[tuple[str, str], list[Objection]] = {}
    for one in objections:
        groups.setdefault((one.direction, ALL_LEADS), []).append(one)
        if one.source:
            groups.setdefault((one.direction, one.source), []).append(one)
    told = sorted(groups.items(), key=lambda group: (group[0][1] != ALL_LEADS, -len(group[1]), group[0]))
    return tuple(_record(direction, kind, group) for (direction, kind), group in told if len(group) >= fewest)


def _record(direction: str, kind: str, group: Sequence[Objection]) -> ObjectionRecord:
    won, promised = sum(one.won for one in group), sum(one.probability for one in group) / len(group)
    low, high = jeffreys_interval(won, len(group))
    below, above = high < promised, low > promised
    right, wrong = (below, above) if direction == "too high" else (above, below)
    verdict = "right" if right else "wrong" if wrong else "cannot tell yet"
    return ObjectionRecord(
        kind, direction, f"{len(group):,}", percent(promised), f"{percent(won / len(group))}", verdict
    )


def feedback_list(
    found: Iterable[GivenFeedback],
    chosen: Mapping[str, str],
    following: str | None,
    records: tuple[ObjectionRecord, ...] = (),
) -> FeedbackList:
    """Return the page of feedback.

    Parameters
    ----------
    chosen
        What the reader has chosen by, as it stands in the address.
    following
        The cursor of the next page.
    records
        How objections have turned out.
    """
    kept = {name: value for name, value in chosen.items() if name != "cursor"}
    return FeedbackList(
        said=tuple(map(feedback_in_words, found)),
        choices=(("", "Everything"), *CHOICES.items()),
        chosen=kept.get("verdict", ""),
        next=f"{FEEDBACK}?{urlencode(kept | {'cursor': following})}" if following else "",
        first=f"{FEEDBACK}?{urlencode(kept)}" if "cursor" in chosen else "",
        records=records,
    )
