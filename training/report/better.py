"""Is it better? Than the champion, by the gate's verdict; than what any model must beat, on the same later leads."""

from collections.abc import Iterator

from models.close.reasons.sentences import or_by_own_day, own_day
from models.close.reasons.wording import fine_percent
from training.gate.check import Check
from training.judging.evaluate import CLOSE, WITH_PROFILE
from training.judging.rivals import RIVALS, rivals
from training.metrics import Figure
from training.metrics.figure import verdict
from training.metrics.judge import found_in
from training.report.material import Material
from training.report.page import Comparison, Mood, ReportAnswer, ReportCheck
from training.report.words import count, day, joined, verb, whole

ASKED = {
    "log loss": "Are its chances at least as close to what happened?",
    "better somewhere": "Is it better in anything, and not by luck?",
    "calibration slope": "Does it neither exaggerate nor play down differences?",
    "channels": "Does it hold for every source?",
    "leak audit": "Does it go without what was written after the outcome?",
    "additivity": "Do the reasons add up to the score?",
    "replay": "Does it still say what it said when it was made?",
}
"""The gate's checks as people would ask them."""


def better(material: Material) -> ReportAnswer:
    """Answer whether the model is better: first beside its nearest rival, then by the gate, and what follows from it."""
    mood, said = _ruled(material) if material.verdict else _unruled(material)
    more = tuple(_more(material))
    if material.result.abstention:
        same = f"It gives every lead the same chance: {material.result.abstention}."
        return ReportAnswer("Is it better?", "bad" if mood == "bad" else "unsure", f"{same} {said}", more)
    rival = material.beside_rival
    return ReportAnswer("Is it better?", "bad" if rival.loses else mood, f"{rival.said} {said}", more)


def _ruled(material: Material) -> tuple[Mood, str]:
    verdict = material.verdict
    against = f"version {verdict.champion}" if verdict and verdict.champion else "the same chance for every lead"
    if verdict and verdict.passed:
        if material.serves:
            return "good", f"Yes. It passed every check against {against} and serves from now on."
        return "good", f"Yes. It passed every check against {against} and waits to be promoted."
    if material.serves:
        return "unsure", f"Not shown: it failed a check against {against}, and serves all the same."
    no = f"No. It did not pass every check against {against}"
    if material.champion and verdict and verdict.champion == material.champion:
        return "bad", f"{no}, which goes on serving."
    return (
        "bad",
        f"{no}: version {material.champion} goes on serving." if material.champion else f"{no}: nothing serves yet.",
    )


def _unruled(material: Material) -> tuple[Mood, str]:
    if not material.serves:
        return "unsure", f"Not compared yet with version {material.champion}, which goes on serving."
    match material.beside_rival.chances:
        case "cannot tell":
            return "unsure", "It serves, but too few outcomes are known to judge it."
        case "better":
            return "good", "It serves from now on."
        case _:
            than = RIVALS[material.beside_rival.rival]
            if material.beside_rival.order == "better":
                return "unsure", f"It serves: its order is better, its chances are not shown to be better than {than}."
            return "bad", f"It serves, but is not shown to be better than {than}: do not sort by it yet."


def _more(material: Material) -> Iterator[str]:
    judged, since = material.judgement, day(material.result.tested_since)
    closed = whole(judged.base_rate * judged.leads)  # of all looks as of all leads, as in the bands
    yield (
        f"It was tried on {count(judged.leads, 'later lead')}, looked at after {since}, of which {closed} "
        f"closed. Its test run had learned from nothing after that day. Closed means: won within {material.horizon} after the look{or_by_own_day(own_day(material.schema))}."
    )
    failed = material.verdict.failed if material.verdict else ()
    if failed:
        yield f"Not shown: {joined([_asked(check) for check in failed])}"
    yield from _profile(material)
    curve = material.result.grounds.evaluation.curve
    if curve:
        yield curve.said


def _profile(material: Material) -> Iterator[str]:
    """Say what fields about who a lead is would add."""
    if WITH_PROFILE not in material.judgement.models:
        return
    gain = material.judgement.models[WITH_PROFILE].less_log_loss[CLOSE]
    if verdict(gain) == "cannot tell":
        yield "Too few outcomes tell whether knowing who they are (profile fields) would add anything."
    elif verdict(gain) == "better":
        yield "Knowing who they are as well (profile fields) would make it better: you may admit those fields."
    else:
        yield "Knowing who they are as well (profile fields) would not make it better by anything that shows."


def comparisons(material: Material) -> Iterator[Comparison]:
    """Yield the model, then each thing beside it that a manager knows."""
    yield _compared(material, CLOSE, "This model", "good", "")
    for name in rivals(material.judgement, bool(material.schema.channels)):
        yield _compared(material, name, _titled(RIVALS[name]), *_verdict(material.close.less_log_loss[name]))


def compared_by(material: Material) -> str:
    """Say what the bars of the comparison show."""
    top, _ = best(material, CLOSE)
    return f"Share of all wins that lie in the best {fine_percent(top)} of the leads, as each sorts them"


def best(material: Material, model: str) -> tuple[float, Figure]:
    """Return the share of leads that a team would call first, and the share of the wins that a model finds among them."""
    top = material.judgement.first_share
    return top, material.judgement.models[model].figures[found_in(top)]


def _compared(material: Material, model: str, name: str, mood: Mood, verdict: str) -> Comparison:
    _, found = best(material, model)
    told = found.supported and found.value == found.value
    return Comparison(
        name, fine_percent(found.value) if told else "cannot tell", found.value if told else None, mood, verdict
    )


def _verdict(gain: Figure) -> tuple[Mood, str]:
    """Say whether this model is better, by its log loss less the other's."""
    match verdict(gain):
        case "cannot tell":
            return "unsure", f"cannot tell: {count(gain.won, 'lead')} won, {gain.needed} needed"
        case "better":
            return "good", "this model is better"
        case "worse":
            return "bad", "this model is worse"
        case same:
            return "unsure", same


def checks(material: Material) -> Iterator[ReportCheck]:
    """Yield the checks of the gate."""
    for check in material.verdict.checks if material.verdict else ():
        mood: Mood = "good" if check.passed else "bad"
        yield ReportCheck(_asked(check), mood, "yes" if check.passed else "not shown", check.evidence)


def _asked(check: Check) -> str:
    return ASKED.get(check.name, check.name)


def moved(material: Material) -> str:
    """Say how many open leads a promotion moves; nothing if the gate did not look."""
    preview = material.verdict.preview if material.verdict else None
    if not preview:
        return ""
    moving = preview.moving
    return (
        f"Of {count(preview.open_leads, 'open lead')}, {moving:,} {verb(moving, 'changes', 'change')} "
        f"by more than {100 * preview.limit:.0f} points."
    )


def _titled(words: str) -> str:
    return words[:1].upper() + words[1:]
