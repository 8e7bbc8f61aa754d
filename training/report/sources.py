"""Sources that changed: channel values whose later leads closed otherwise than the model, as trained, expected of them."""

from collections.abc import Sequence
from dataclasses import replace

from training.evaluate import NOT_KNOWN, NOT_REFRESHED
from training.metrics.groups import GroupFigure
from training.report.material import Material
from training.report.page import Answer, Mood, Source
from training.report.words import count, day, joined, percent, spoken, verb, whole

CHANGED = (0.8, 1.25)
"""A source that closes within these limits of what was expected has not changed by anything that matters, however sure."""
WORSE, BETTER, SAME, UNCLEAR, OPEN = (
    "worse than before",
    "better than before",
    "as before",
    "no clear change",
    "cannot tell yet",
)
"""What is said of a source, in the order of the page."""
MOODS: dict[str, Mood] = {WORSE: "bad", BETTER: "good", SAME: "plain", UNCLEAR: "plain", OPEN: "unsure"}
MOST_LISTED = 10
"""Sources that the page lists; those that changed are listed all."""
NAMED = 3
"""Sources that the answer names."""
MANY = 20
"""From so many sources on, some would look changed by luck alone."""
RISK = 0.025
"""How often a steady source's interval lies below 1."""


def sources(material: Material) -> tuple[Source, ...]:
    """Return every value of every channel: those that changed first, the worst of them first, then those with most leads."""
    calibration = material.judgement.models[NOT_REFRESHED].calibration
    rated = [
        (verdict_on(group), group, name)
        for name in material.schema.channels
        for group in calibration.get(f"channel:{name}", ())
        if round(group.leads) >= 1
    ]
    order = list(MOODS)
    rated.sort(key=lambda each: (order.index(each[0]), each[1].value if each[0] == WORSE else -each[1].leads))
    several = len(material.schema.channels) > 1
    return tuple(
        Source(f"{group.name} ({spoken(name)})" if several else group.name, MOODS[verdict], verdict, _sentence(group))
        for verdict, group, name in rated
    )


def verdict_on(group: GroupFigure) -> str:
    """Say whether a source closes as before, by wins over what the model as trained expected."""
    if not group.supported:
        return OPEN
    low, high = CHANGED
    if group.high < 1 and group.value < low:
        return WORSE
    if group.low > 1 and group.value > high:
        return BETTER
    return SAME if low <= group.value <= high else UNCLEAR


def _sentence(group: GroupFigure) -> str:
    expected = f"{whole(group.expected)} {verb(group.expected, 'was', 'were')} expected"
    return f"{whole(group.won)} of {count(group.leads, 'lead')} closed, {expected}."


def listed(every: Sequence[Source]) -> tuple[Source, ...]:
    """Return the sources that the page lists: those that changed, and of the others those with most leads."""
    changed = [source for source in every if source.verdict in (WORSE, BETTER)]
    told = [source for source in every if source.verdict in (SAME, UNCLEAR)]
    return (*changed, *told[: max(MOST_LISTED - len(changed), 0)])


def changed(material: Material, every: Sequence[Source]) -> Answer:
    """Answer whether a source changed."""
    question = "Which sources changed?"
    if not material.schema.channels:
        said = "Nobody can tell: no field says where a lead came from (give one the role channel)."
        return Answer(question, "unsure", said)
    names = {verdict: [source.name for source in every if source.verdict == verdict] for verdict in MOODS}
    unqualified = material.outcomes.unqualified if material.outcomes else ()
    more = (*unqualified, *_more(material, every, names))
    answer = Answer(question, "plain", "None by more than luck explains.", more)
    if names[WORSE]:
        return replace(answer, mood="bad", answer=f"Worse than before: {_first(names[WORSE])}.")
    if names[BETTER]:
        return replace(answer, mood="good", answer=f"Better than before: {_first(names[BETTER])}. None is worse.")
    if len(names[OPEN]) == len(every):
        return replace(answer, mood="unsure", answer="Cannot tell yet: no source has enough outcomes.")
    return answer


def _more(material: Material, every: Sequence[Source], names: dict[str, list[str]]) -> list[str]:
    told = len(every) - len(names[OPEN])
    more = [
        f"Leads since {day(material.result.tested_since)} are held against what earlier ones led the model to expect of them. "
        "A model that is refreshed takes a change into account as it shows."
    ]
    level = material.judgement.models[NOT_REFRESHED].figures["observed_over_expected"]
    if level.supported and not level.low <= 1 <= level.high:
        more.append(
            f"All leads together closed at {percent(level.value)} of what was expected: sources share in that change."
        )
    if names[OPEN]:
        more.append(f"Of {count(len(names[OPEN]), 'source')} nothing can be told yet: too few outcomes.")
    if told >= MANY:
        more.append(f"Of the {told} others, about {whole(max(RISK * told, 1))} would look worse by luck alone.")
    if any(source.name.startswith(NOT_KNOWN) for source in every):
        more.append(f"'{NOT_KNOWN}' are leads that do not say it.")
    return more


def _first(names: Sequence[str]) -> str:
    others = len(names) - NAMED
    return joined([*names[:NAMED], f"{others} more"] if others > 0 else names)
