"""What an app tells of itself while it answers: how long each stage took, as a figure and, where traces are on, as a span."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from features.records.leads.checking import EVENT_KEYS, LEAD_KEYS
from serving.schemas.fields import CHANGED_AT, FEEDBACK_KEYS, OUTCOME_KEYS, TOLD_EVENT_KEYS
from serving.schemas.score import Problem
from serving.telemetry.figures import Figures
from serving.telemetry.tracing import DISCREET

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

Stage = Literal["read", "score", "write"]
OFF = nullcontext()
ELSEWHERE = "other"
"""Stands for fields that no settings name: what strangers send must not become names of figures."""
OTHER_PLACES = ("leads", "outcomes", "messages", "body", "address", "key")
HEADERS = ("Authorization", "Content-Type", "Content-Encoding", "Idempotency-Key", "Origin")
REQUEST_FIELDS = frozenset(
    {
        *LEAD_KEYS,
        *EVENT_KEYS,
        *TOLD_EVENT_KEYS,
        *OUTCOME_KEYS,
        *FEEDBACK_KEYS,
        CHANGED_AT,
        *OTHER_PLACES,
        *HEADERS,
    }
)
"""What rules of requests are about, whatever the settings."""


class Telemetry:
    """Figures and, where they are wanted, traces of one app.

    Parameters
    ----------
    fields
        The fields that the settings name; problems with others are counted together.
    provider
        Of OpenTelemetry's tracers; without one there are no spans, and they cost nothing.
    """

    def __init__(self, fields: Iterable[str] = (), provider: "TracerProvider | None" = None) -> None:
        self.figures = Figures()
        self.tracer: Any = None if provider is None else provider.get_tracer("glengarry")
        self._provider = provider
        self._fields = REQUEST_FIELDS | frozenset(fields)

    def stage(self, name: Stage) -> "Timed":
        """Time a part of a request."""
        span = OFF if self.tracer is None else self.tracer.start_as_current_span(name, **DISCREET)
        return Timed(self.figures.stages[name], span)

    def close(self) -> None:
        """Send the spans that wait."""
        if self._provider is not None:
            self._provider.shutdown()

    def refused(self, problem: Problem) -> None:
        """Count a record or request that was refused."""
        field = problem.errors[0].field if problem.errors else ""
        self.figures.refused.labels(problem.type.rpartition(":")[2], self._known(field)).inc()

    def set_aside(self, name: str) -> None:
        """Count a value that came with a lead and could not be read."""
        self.figures.set_aside.labels(self._known(f"fields.{name}")).inc()

    def _known(self, field: str) -> str:
        """Return a name that stands for a field: its own, if the settings know it, or that of what it is part of."""
        if field == "":
            return ""
        first, _, rest = field.replace("[", ".").partition(".")
        if first == "fields" and rest in self._fields:
            return rest
        return first if first in self._fields else ELSEWHERE


class Timed:
    """Observes how long a block took, whether it fails or not."""

    __slots__ = ("_histogram", "_since", "_span")

    def __init__(self, histogram: Any, span: AbstractContextManager[Any]) -> None:
        self._histogram, self._span = histogram, span

    def __enter__(self) -> None:
        self._span.__enter__()
        self._since = perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._histogram.observe(perf_counter() - self._since)
        self._span.__exit__(kind, error, trace)
