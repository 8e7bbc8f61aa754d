"""Traces by OpenTelemetry, where the settings name a collector; off, nothing of it is imported."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.types import Scope

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

PASSED_ON = ("traceparent", "tracestate")
"""Headers by which a caller's trace goes on here."""
DISCREET = {"record_exception": False, "set_status_on_exception": False}
"""How spans are opened: an error's text may quote what was sent."""


class TracingError(ValueError):
    """Traces are asked for, and what sends them is not installed."""


def find_provider(endpoint: str) -> "TracerProvider | None":
    """Return what makes tracers whose spans go to a collector, in groups and by a thread of its own; None without an endpoint.

    The user's own `OTEL_RESOURCE_ATTRIBUTES` say more of this process.

    Raises
    ------
    TracingError
        If what sends them is not installed.
    """
    if not endpoint:
        return None
    exporter = find_exporter(endpoint)
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    told = Resource.create({"service.name": "glengarry", "process.pid": os.getpid()})
    provider = TracerProvider(resource=told.merge(OTELResourceDetector().detect()))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def find_exporter(endpoint: str) -> "SpanExporter":
    """Return what sends spans to a collector by OTLP over HTTP.

    Raises
    ------
    TracingError
        If that is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise TracingError(
            "service.traces needs OpenTelemetry's OTLP exporter, got none: install `glengarry[traces]`, or leave the setting out."
        ) from error
    return OTLPSpanExporter(endpoint=endpoint)


class RequestSpan:
    """The span of a request, or nothing where traces are off."""

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def tell(self, route: str, status: int) -> None:
        """Name the route by its template, and the status; never the path or the query, which may hold what is nobody's business."""
        if self._span is not None:
            self._span.update_name(f"{self._span.name} {route}")
            self._span.set_attributes({"http.route": route, "http.response.status_code": status})
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                from opentelemetry.trace import StatusCode

                self._span.set_status(StatusCode.ERROR)


OFF = RequestSpan()


@contextmanager
def request_span(tracer: Any, scope: Scope) -> Iterator[RequestSpan]:
    """Open the span of a request; it goes on with the caller's trace, if the caller names one."""
    if tracer is None:
        yield OFF
        return
    from opentelemetry.propagate import extract
    from opentelemetry.trace import SpanKind

    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    context = extract({name: headers[name] for name in PASSED_ON if name in headers})
    with tracer.start_as_current_span(scope["method"], context, kind=SpanKind.SERVER, **DISCREET) as span:
        span.set_attribute("http.request.method", scope["method"])
        yield RequestSpan(span)
