"""The nearest rival of the close model among what is simpler, and how the model stands to it: one sentence for every surface."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from training.judging.evaluate import BASE_RATE, CLOSE, PROFILE
from training.metrics import Judgement
from training.metrics.figure import Verdict, verdict, verdict_of_more
from training.metrics.judge import found_in

RIVALS: Mapping[str, str] = {
    BASE_RATE: "the same chance for every lead",
    "channel_rate": "the rate of the lead's source",
    "scorecard": "a points scorecard",
    PROFILE: "a model of who they are, nothing else",
}
"""What a manager knows of what a model must beat, in words; the others stand in the detail part."""
BY_ORDER: Mapping[Verdict, str] = {
    "better": "the order is better by more than chance",
    "worse": "the order is WORSE by more than chance",
    "no clear difference": "chance may explain the difference",
    "cannot tell": "nobody can tell by so few outcomes",
}
BY_CHANCES: Mapping[Verdict, str] = {
    "better": "Its chances came closer to what happened (log loss)",
    "worse": "Its chances were FURTHER from what happened (log loss)",
    "no clear difference": "Its chances came no closer to what happened, as far as chance can tell (log loss)",
    "cannot tell": "Too few outcomes tell whose chances came closer to what happened",
}


@dataclass(frozen=True)
class BesideRival:
    """How the close model stands to its nearest rival.

    Attributes
    ----------
    rival
        Its name.
    chances, order
        What is to be said of the model beside it: of its probabilities, by log loss; of its order, by the wins among the best leads.
    behind
        The other rivals whose chances or order were better than its own by more than chance.
    said
        All of it in words, with the figures.
    """

    rival: str
    chances: Verdict
    order: Verdict
    behind: tuple[str, ...]
    said: str

    @property
    def loses(self) -> bool:
        """Whether something simpler does better, by more than chance."""
        return "worse" in (self.chances, self.order) or bool(self.behind)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def rivals(judgement: Judgement, has_channels: bool) -> list[str]:
    """Return what the model is held against, the nearest first: that with the lowest log loss, where it is known."""
    known = [name for name in RIVALS if name in judgement.models and (name != "channel_rate" or has_channels)]
    return sorted(known, key=lambda name: _or_last(judgement.models[name].figures["log_loss"].value))


def beside_rival(judgement: Judgement, has_channels: bool) -> BesideRival:
    """Return how the close model stands to its nearest rival, as far as the figures bear it."""
    rival, *others = rivals(judgement, has_channels)
    ours, name = judgement.models[CLOSE], found_in(judgement.first_share)
    chances, order = verdict(ours.less_log_loss[rival]), verdict_of_more(ours.more_found[rival])
    own, theirs = (judgement.models[model].figures[name].value for model in (CLOSE, rival))
    if math.isnan(own) or math.isnan(theirs):
        wins = "Too few outcomes tell how many of the wins are found by calling the best leads first"
    else:
        top = f"{100 * judgement.first_share:.0f} %"
        wins = (
            f"Call the best {top} and you find {100 * own:.0f} % of the wins; {RIVALS[rival]} "
            f"finds {100 * theirs:.0f} %: {BY_ORDER[order]}"
        )
    behind = {other: by for other in others if (by := _behind(judgement, other))}
    said = [f"{wins}. {BY_CHANCES[chances]}."]
    said += [f"It was WORSE {by} than {RIVALS[other]} too, by more than chance." for other, by in behind.items()]
    return BesideRival(rival, chances, order, tuple(behind), " ".join(said))


def _behind(judgement: Judgement, other: str) -> str:
    """Return in what the close model is behind another by more than chance; nothing where it is not."""
    ours = judgement.models[CLOSE]
    in_what = {
        "in its order": verdict_of_more(ours.more_found[other]),
        "in its chances": verdict(ours.less_log_loss[other]),
    }
    return " and ".join(what for what, said in in_what.items() if said == "worse")


def _or_last(value: float) -> float:
    return math.inf if math.isnan(value) else value
