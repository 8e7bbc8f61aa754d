"""The page of own data: what was dropped, what the draft of its settings asks, what the commands say, and what may be done next; in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, get_args

from features.records.clock import to_datetime
from features.settings.fields import FieldType, Obstacle, Role
from models.close.reasons.sentences import counted
from serving.batch.own_data import OwnDataState
from serving.batch.rounds import RoundState
from serving.pages.words import ago, minute, size

if TYPE_CHECKING:
    from features.scaffold.corrections import Corrections
    from features.scaffold.questions import ColumnQuestion, DraftQuestions

OWN = "/pages/own"
OWN_FILES = f"{OWN}/files"
OWN_REPORT = f"{OWN}/report"
ROLE_WORDS: Mapping[Role | str, str] = {
    "answer": "Something they said or did",
    "channel": "Where they came from",
    "profile": "Who they are: not used",
    "context": "What the times were like: not used",
    "contact": "Name, mail or telephone",
    "account": "Their company",
    "late": "Written later: never used",
    "": "Leave it out",
}
TYPE_WORDS: Mapping[FieldType, str] = {
    "category": "one of some values",
    "number": "a number",
    "flag": "yes or no",
    "date": "a day",
    "text": "words",
}
END_WORDS = {"won": "Won", "lost": "Lost", "open": "Open, or none of these"}
ZONES = (
    "UTC",
    *(
        f"Europe/{city}"
        for city in ("London", "Berlin", "Paris", "Madrid", "Rome", "Amsterdam", "Warsaw", "Kyiv", "Istanbul")
    ),
    *(
        f"America/{city}"
        for city in ("New_York", "Chicago", "Denver", "Los_Angeles", "Toronto", "Mexico_City", "Sao_Paulo")
    ),
    *(f"Asia/{city}" for city in ("Dubai", "Kolkata", "Singapore", "Shanghai", "Tokyo")),
    *("Australia/Sydney", "Africa/Johannesburg", "Pacific/Auckland"),
)
"""Time zones that are offered; any other may be typed."""
FACTS = {
    "created": "The day on which a lead came in",
    "closed": "The day on which it ended",
    "amount": "What a deal was worth",
    "reason": "Why it was lost",
    "rep_id": "Who closed it",
}
"""What one column each says, in the order of the form."""
BEGUN_WORDS = {
    "draft": "Reading the files, drafting their settings, checking and auditing them",
    "train": "Training on them, and scoring their open leads",
    "serve": "A service by them",
}
BROKE_OFF, KILLED = "It broke off, and says why below.", "It was killed before its end."
GOES_ON = " The service in use goes on as it is."
MAX_FINDINGS, MAX_BROKEN = 12, 12
WAY, ENDED_BY, READ_SO = "way", "ended", "read"
"""Field of the form that says how won is told from lost: by the values of a column, or by a reading of the draft."""


@dataclass(frozen=True)
class OwnColumn:
    """A column of the leads in the form; `place` is its number in the draft."""

    place: int
    question: "ColumnQuestion"


@dataclass(frozen=True)
class OwnFinding:
    """Columns that the audit names for one reason."""

    severity: str
    remedy: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class OwnDataPage:
    """Everything that the page says; what does not hold is empty.

    Attributes
    ----------
    files
        As (name, size).
    begun, came, kind
        What was begun last, what came of it, and whether that is as one would wish.
    draft
        The round of which the form is; one that is sent of an older draft is refused.
    rest
        Columns of which nothing is asked.
    checked, broken, notes
        What `check` says: a sentence, rules that rows break as (place, rule, rows), and notes.
    headline
        What `train` says, in sentences.
    address
        Where the service by the draft answers; empty where none does.
    key
        Its key, shown once.
    """

    files: tuple[tuple[str, str], ...]
    is_running: bool
    trouble: str
    limit: str
    begun: str = ""
    came: str = ""
    kind: str = ""
    log: str = ""
    draft: str = ""
    problem: str = ""
    asked: "DraftQuestions | None" = None
    questions: tuple[OwnColumn, ...] = ()
    rest: tuple[OwnColumn, ...] = ()
    checked: str = ""
    broken: tuple[tuple[str, str, str], ...] = ()
    notes: tuple[str, ...] = ()
    findings: tuple[OwnFinding, ...] = ()
    can_train: bool = False
    headline: tuple[str, ...] = ()
    has_report: bool = False
    serving: str = ""
    address: str = ""
    key: str = ""
    stands: str = ""
    lies: str = ""
    folder: str = ""


def own_data_page(
    state: OwnDataState,
    zone: tzinfo,
    now: int,
    *,
    most_bytes: int,
    stands: str = "",
    lies: str = "",
    address: str = "",
    trouble: str = "",
    key: str = "",
) -> OwnDataPage:
    """Return the page.

    Parameters
    ----------
    most_bytes
        Of one post of files.
    stands, lies
        The settings file of the service in use, empty in a first start, and the one of the draft.
    address
        Where a service by the draft answers if there is one.
    trouble
        Why something could not be done.
    """
    files = tuple((file.name, size(file.size)) for file in state.files)
    places = [OwnColumn(place, one) for place, one in enumerate(state.asked.columns)] if state.asked else []
    begun, came, kind, log = _told(state.latest, zone, now, GOES_ON if stands else "")
    serves = state.serves is not None and state.serves.is_running
    ended = state.serves is not None and not serves and bool(state.serves.code)
    return OwnDataPage(
        files=files,
        is_running=state.is_running,
        trouble=trouble,
        limit=size(most_bytes),
        begun=begun,
        came=came,
        kind=kind,
        log=log,
        draft=state.latest.begun.round_id if state.latest else "",
        problem=state.problem,
        asked=state.asked,
        questions=tuple(one for one in places if one.question.is_asked),
        rest=tuple(one for one in places if not one.question.is_asked),
        checked=_checked(state.checked),
        broken=_broken(state.checked),
        notes=tuple((state.checked or {}).get("summary", {}).get("notes", ())),
        findings=_findings(state.findings or ()),
        can_train=state.checked is not None and not state.problem and not state.is_running,
        headline=_headline(state.trained),
        has_report=state.trained is not None,
        serving=(state.serves.log if ended and state.serves else ""),
        address=address if serves else "",
        key=key,
        stands=stands,
        lies=lies,
        folder=str(PurePath(lies).parent) if lies else "",
    )


def _told(latest: RoundState | None, zone: tzinfo, now: int, goes_on: str) -> tuple[str, str, str, str]:
    """Say what was begun last and what came of it."""
    if latest is None:
        return "", "", "", ""
    begun = latest.begun
    title = f"{BEGUN_WORDS[begun.kind]}: begun by {begun.by} {ago(begun.begun_at, now)}, {minute(to_datetime(begun.begun_at), zone)}"
    if latest.is_running:
        return title, "It is under way; this page follows it, and may be left.", "calm", latest.log
    if latest.code is None:
        return title, f"{KILLED}{goes_on}", "error", latest.log
    if latest.code == 0:
        return title, "Done.", "calm", ""
    return title, f"{BROKE_OFF}{goes_on}", "error", latest.log


def _checked(checked: Mapping[str, Any] | None) -> str:
    if checked is None:
        return ""
    summary = checked["summary"]
    rows = ", ".join(f"{count:,} of {table}" for table, count in summary["rows"].items())
    days = summary["median_days_to_close"]
    median = "" if days is None else f" Half of them ended within {days:.0f} days."
    since = (
        f" From {summary['since'][:10]} to {summary['until'][:10]}." if summary["since"] and summary["until"] else ""
    )
    ends = f"{summary['won']:,} won, {summary['lost']:,} lost, {summary['open']:,} open."
    return f"Rows read: {rows}.{since} {ends}{median}"


def _broken(checked: Mapping[str, Any] | None) -> tuple[tuple[str, str, str], ...]:
    counts = sorted((checked or {}).get("counts", ()), key=lambda count: -count["rows"])
    return tuple((f"{one['file']}, {one['column']}", one["rule"], f"{one['rows']:,}") for one in counts[:MAX_BROKEN])


def _findings(findings: Sequence[Mapping[str, Any]]) -> tuple[OwnFinding, ...]:
    alike: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for one in findings[:MAX_FINDINGS]:
        alike.setdefault((one["severity"], one["remedy"]), []).append((one["field"], one["evidence"]))
    return tuple(OwnFinding(severity, remedy, tuple(columns)) for (severity, remedy), columns in alike.items())


def _headline(trained: Mapping[str, Any] | None) -> tuple[str, ...]:
    if trained is None:
        return ()
    said = [trained["beside_rival"]["said"], trained["refreshing"], *trained.get("left_out", ())]
    if trained["abstains"]:
        said.insert(0, f"It answers with the base rate alone: {trained['abstains']}.")
    rows = trained["rows"]
    learned = f"Learned from {counted(rows['leads'], 'lead', 'leads')}, tested on those from {trained['tested_since'][:10]} on."
    return (learned, *filter(None, said))


def corrections_of(asked: "DraftQuestions", field: Callable[[str], str]) -> "Corrections":
    """Return what a form corrects of the draft that it was made of; `field` returns a field's text, empty where it was left out.

    Where another table is said to hold the leads, what else the form holds was asked of the one before, and is asked anew.

    Raises
    ------
    ValueError
        If a choice is none of those that were offered.
    """
    from features.scaffold.corrections import Corrections

    days = field("horizon_days")
    chosen: dict[str, Any] = {
        "horizon_days": int(days) if days.isascii() and days.isdigit() and len(days) < 9 else None,
        "time_zone": field("time_zone"),
        "leads": _offered(field("leads"), [table.name for table in asked.tables]),
    }
    if chosen["leads"] not in ("", *(table.name for table in asked.tables if table.use.startswith("leads"))):
        return Corrections.model_validate(chosen)
    chosen |= {name: _offered(field(name), getattr(asked, name).candidates) for name in FACTS}
    way, _, number = field(WAY).partition("-")
    place = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else -1
    if way == ENDED_BY and 0 <= place < len(asked.ends):
        column = asked.ends[place]
        chosen["ended_by"] = column.name
        chosen["ends"] = {word.value: field(f"end-{place}-{at}") or word.end for at, word in enumerate(column.words)}
    elif way == READ_SO and 0 <= place < len(asked.readings):
        chosen["reading"] = asked.readings[place]
    for name, of in (("role", "roles"), ("type", "types"), ("obstacle", "obstacles"), ("ordered", "ordered")):
        given = {column.column: field(f"{name}-{at}") for at, column in enumerate(asked.columns)}
        chosen[of] = {column: value for column, value in given.items() if value}
    chosen["roles"] = {column: "" if role == "out" else role for column, role in chosen["roles"].items()}
    chosen["ordered"] = {column: value == "yes" for column, value in chosen["ordered"].items()}
    return Corrections.model_validate(chosen)


def _offered(given: str, candidates: Sequence[str]) -> str:
    if given and given not in candidates:
        raise ValueError(f"must be one of those that are offered, got {given[:80]!r}")
    return given


ROLES = tuple((role or "out", words) for role, words in ROLE_WORDS.items())
TYPES = tuple(TYPE_WORDS.items())
OBSTACLES: tuple[Obstacle, ...] = get_args(Obstacle)
