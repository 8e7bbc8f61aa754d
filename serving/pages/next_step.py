"""What to do next with a lead, in one line: where it goes, what to ask, and what an answer would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from features.settings.schema import LeadSchema
from models.close.reasons.sentences import label
from models.decision.routes import ROUTES, Route
from serving.schemas.score import Answer, Question, Score

Wish = Literal["asked", "refused", "unknown"]
"""Whether a lead wants to be contacted."""
QUESTIONS = ("what", "who", "whom", "whose", "which", "when", "where", "why", "how", "whether", "if", "by", "out")
"""Words with which a label begins that follows "ask" as it is."""
GOES_TO: dict[Route, str] = {
    "rep": "a rep",
    "qualify": "the qualifying team",
    "nurture": "marketing",
    "decline": "nobody",
}


@dataclass(frozen=True)
class NextStep:
    """What to do, and what is to be known for it."""

    do: str
    why: str


def next_step(score: Score, schema: LeadSchema, wish: Wish) -> NextStep:
    """Return the next step with an open lead."""
    question = score.ask_next[0] if score.ask_next else None
    ask = "" if question is None else asking(question.field, schema)
    if score.decision is None:
        if not ask:
            ask = next((asking(open_.field, schema) for open_ in score.unknown if open_.ask), "")
        return NextStep(f"Next: {ask}." if ask else "Next: get in touch.", "")
    effect = "" if question is None else effect_of(question, score.decision.route)
    return NextStep(f"Next: {_do(score.decision.route, ask, wish, drawn=score.decision.drawn)}.", effect)


def _do(route: Route, ask: str, wish: Wish, *, drawn: bool) -> str:
    match route:
        case "rep":
            reach = "write, not call" if wish == "refused" else "call"
            lot = " (picked at random, to learn)" if drawn else ""
            return f"{reach}{lot}{f', and {ask}' if ask else ''}"
        case "qualify":
            return ask or "let the qualifying team ask"
        case "nurture":
            return "no call now"
        case "decline":
            return "leave it"


def asking(name: str, schema: LeadSchema) -> str:
    """Say that a field is to be asked for.

    Examples
    --------
    >>> from features.settings.schema import LeadField
    >>> fields = {"who": LeadField(role="answer", type="flag", obstacle="trust", label="who decides")}
    >>> asking("who", LeadSchema(fields=fields)), asking("budget", LeadSchema())
    ('ask who decides', 'ask about budget')
    """
    field = schema.fields.get(name)
    words = label(name, field) if field else name.replace("_", " ")
    return f"ask {words}" if words.split(" ")[0].lower() in QUESTIONS else f"ask about {words}"


def effect_of(question: Question, route: Route) -> str:
    """Say after which answers a lead goes to whom, with the scores they lead to; nothing where none changes that."""
    place = ROUTES.index(route)
    up = [answer for answer in question.answers if ROUTES.index(answer.route) > place]
    down = [answer for answer in question.answers if ROUTES.index(answer.route) < place]
    if up:
        best = max(up, key=lambda answer: ROUTES.index(answer.route)).route
        some = [answer for answer in up if answer.route == best]
        return f"{_answers(some, question)}: then to {GOES_TO[best]}."
    if down and route == "rep":
        return f"{_answers(down, question)}: then not to a rep."
    return ""


def _answers(some: Sequence[Answer], question: Question) -> str:
    low, high = (round(100 * limit(answer.score for answer in some)) for limit in (min, max))
    makes = f"it {low} %" if low == high else f"it {low} to {high} %"
    if len(some) == len(question.answers):
        return f"Any answer makes {makes}"
    if len(some) == 1:
        return f"“{some[0].said}” makes {makes}"
    return f"{len(some)} of the {len(question.answers)} answers make {makes}"
