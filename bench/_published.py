"""Published histories where they stand beside the checkout, with the protocol under which each is measured.

Models are trained on the past and predict until the next cut-off: thirds of the matured moments, of which the middle and the last are
predicted, or quarters. A lead is scored at the ages that a task names; where the horizon counts from its creation, it is
shorter by the age.
"""

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

import numpy as np

from bench._task import Task, quarters
from bench.real.bank import write_calls
from bench.real.fines import write_fines
from bench.real.hotel import write_bookings
from bench.real.x_education import write_leads
from features.records.checks import check_history
from features.records.clock import duration, to_microseconds
from features.records.history import History, Moments
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from serving.settings.settings import load_settings
from training.samples.moments import labels_known_at, moments_at_ages
from training.settings import TrainingSettings

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "data"
SETTINGS = Path(__file__).parent / "real"
CRM_AGES = (0, 1, 3, 7, 14, 30, 60)
"""Ages in days at which a CRM scores by default."""
DECIDED = "decided"


def published(names: Iterable[str] = ("olist", "bank", "x_education")) -> list[Task]:
    """Return these tasks as far as their data stands beside the checkout, and say which does not."""
    found = {name: PUBLISHED[name]() for name in names}
    missing = [name for name, task in found.items() if task is None]
    if missing:
        print(f"Not beside the checkout, in {REAL}: {', '.join(missing)}. They are left out.")
    return [task for task in found.values() if task is not None]


@cache
def _read(name: str, folder: str, write: Callable[[Path, Path], object] | None = None, file: str = "") -> Task | None:
    """Return a published history as its settings read it, without cut-offs; None where it is not."""
    if not (REAL / folder).exists():
        return None
    settings = load_settings(SETTINGS / f"{name}.toml")
    with tempfile.TemporaryDirectory() as made:
        if write is not None:
            write(REAL / folder / file, Path(made))
        source = settings.source.model_copy(update={"source": made if write else str(REAL / folder)})
        history = check_history(source, settings.lead_schema, datetime.now(UTC), Path(made)).history
    return Task(name, history, settings.training, [], history.known_until)


def olist() -> Task | None:
    """Return the marketplace's leads; leads of 2018 in thirds, the middle and the last are predicted."""
    task = _read("olist", "olist_funnel")
    if task is None:
        return None
    created = task.history.leads.created_at
    of_2018 = np.sort(created[created >= to_microseconds(datetime(2018, 1, 1, tzinfo=UTC))])
    thirds = [int(of_2018[len(of_2018) * part // 3]) for part in (1, 2)]
    return task._replace(cutoffs=thirds, end=int(of_2018[-1]) + 1)


def x_education() -> Task | None:
    """Return the online school's leads without what was written after the outcome; the middle and the last third are predicted."""
    task = _read("x_education", "x_education", write_leads, "Leads.csv")
    return task and in_thirds(task)


def bank() -> Task | None:
    """Return the bank's calls; models are trained at each quarter's start."""
    task = _read("bank", "bank_marketing", write_calls, "bank-additional-full.csv.gz")
    return task and task._replace(cutoffs=quarters(task.history))


def maven() -> Task | None:
    """Return a made-up CRM in which nothing tells who is won; the middle and the last third are predicted."""
    task = _read("maven", "maven_crm")
    return task and in_thirds(task)


def hotel() -> Task | None:
    """Return the hotels' bookings, kept within 90 days; models are trained at each quarter's start."""
    task = _read("hotel", "hotel_bookings", write_bookings, "hotel_bookings.csv.zip")
    return task and _by_quarter_of_bookings(task)


def hotel_ever() -> Task | None:
    """Return the hotels' bookings, kept by the day of departure, on which a stay is on record; models are trained at each quarter's start."""
    task = _read("hotel", "hotel_bookings", write_bookings, "hotel_bookings.csv.zip")
    if task is None:
        return None
    by_departure = task.history.schema.model_copy(update={"decided_by": "departure"})
    history = replace(task.history, schema=by_departure)
    return _by_quarter_of_bookings(task._replace(name="hotel_ever", history=history))


def hospital(age: int = 0) -> Task | None:
    """Return packages of care, billed within 180 days of their creation, scored at one age; in thirds."""
    task = _read("hospital", "hospital_billing")
    return task and in_thirds(at_age(task, age))


def hospital_by_quarter() -> Task | None:
    """Return packages of care scored at creation; models are trained at each quarter's start."""
    task = _read("hospital", "hospital_billing")
    if task is None:
        return None
    starts = quarters(task.history)[2:]
    return at_age(task, 0)._replace(name="hospital_by_quarter", cutoffs=starts)


def hospital_crm() -> Task | None:
    """Return packages of care scored at every age at which a CRM does, billed within 180 days of their creation; in thirds."""
    task = _read("hospital", "hospital_billing")
    return task and in_thirds(with_ages(decided_after(task), CRM_AGES)._replace(name="hospital_crm"))


def fines(age: int = 0) -> Task | None:
    """Return traffic fines, paid within 365 days of their creation, scored at one age; in thirds."""
    task = _read("fines", "road_fines", write_fines)
    return task and in_thirds(at_age(task, age))


PUBLISHED: dict[str, Callable[[], Task | None]] = {
    "olist": olist,
    "bank": bank,
    "x_education": x_education,
    "maven": maven,
    "hotel": hotel,
    "hotel_ever": hotel_ever,
    **{f"hospital_{age}": partial(hospital, age) for age in (0, 30, 90)},
    "hospital_by_quarter": hospital_by_quarter,
    "hospital_crm": hospital_crm,
    **{f"fines_{age}": partial(fines, age) for age in (0, 30, 120, 200)},
}


def at_age(task: Task, age: int) -> Task:
    """Return a task whose leads are scored at one age, if open, by whether they are won within the horizon of their creation."""
    days = task.history.schema.horizon_days - age
    history = replace(task.history, schema=task.history.schema.model_copy(update={"horizon_days": days}))
    return with_ages(task._replace(name=f"{task.name}_{age}", history=history), (age,))


def decided_after(task: Task) -> Task:
    """Return a task each of whose leads is decided on a day of its own, the horizon after its creation."""
    history = task.history
    day = LeadField(role="context", type="date", label="the day by which it is decided")
    own = {name: getattr(history.schema, name) for name in LeadSchema.model_fields}
    schema = LeadSchema(**{**own, "fields": {**history.schema.fields, DECIDED: day}, "decided_by": DECIDED})
    decided = (history.leads.created_at + duration(schema.horizon)).astype(np.float64)
    leads = replace(history.leads, fields={**history.leads.fields, DECIDED: decided})
    return task._replace(history=replace(history, schema=schema, leads=leads))


def with_ages(task: Task, ages: tuple[int, ...]) -> Task:
    """Return a task whose leads are scored at other ages."""
    return task._replace(settings=task.settings.model_copy(update={"ages_days": ages}))


def in_thirds(task: Task) -> Task:
    """Return a task whose middle and last third of matured moments are predicted."""
    moments = moments_at_ages(task.history, task.settings.ages_days, task.history.known_until)
    as_of = np.sort(moments.as_of[_can_be_judged(task.history, task.settings, moments)])
    return task._replace(cutoffs=[int(as_of[len(as_of) * part // 3]) for part in (1, 2)], end=int(as_of[-1]) + 1)


def _can_be_judged(history: History, settings: TrainingSettings, moments: Moments) -> np.ndarray:
    labels = labels_known_at(history, moments, history.known_until, settings.settling_days)
    return labels.counted


def _by_quarter_of_bookings(task: Task) -> Task:
    first = to_microseconds(datetime(2015, 10, 1, tzinfo=UTC))
    return task._replace(cutoffs=[start for start in quarters(task.history) if first <= start][:8])
