"""`/pages/overview`: what is open, what waits, and what fewer, better leads would keep."""

from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response

from features.records.clock import DAY, to_microseconds
from features.settings.schema import LeadSchema
from models.charts.chart import Chart
from serving.api.lead import asked
from serving.api.services import services_of
from serving.pages.overview import capacity_of, overview_page, plan_of
from serving.pages.promises import by_month
from serving.pages.routes.answers import page
from serving.pages.speed import DAYS, Speed, speed_of
from serving.pages.trouble import crm_troubles, delivery_troubles, troubles
from serving.pages.words import ago, day
from serving.store.crm_health import crm_healths
from serving.store.deliveries import states
from serving.store.first_scores import first_promises
from serving.store.first_touch import first_touches
from serving.store.overview import open_leads


async def overview(request: Request) -> Response:
    """Show the overview."""
    champion = services_of(request).champion
    now, schema = to_microseconds(datetime.now(UTC)), champion.intake
    trained = champion.model.trained_until
    model = f"Version {champion.version.version} learned until {day(trained, schema.zone)}, {ago(trained, now)}."
    decider, currency = champion.decider, champion.limits.currency
    record = None if champion.model.certainty.abstention else champion.beside.record
    cache = services_of(request).overview_figures
    fewest = services_of(request).reports.yardstick.accountability.fewest_leads
    store = services_of(request).store
    slow = cache.at_hand(champion.version.version, lambda: store.ask(_slow, schema, now, fewest))
    shown = overview_page(
        await asked(request, open_leads),
        plan_of(record, decider.settings, decider.win_amount, currency) if decider else plan_of(record, None),
        schema,
        model,
        now,
        months=slow.months if slow else None,
        capacity=capacity_of(decider.prices, currency) if decider else (),
        speed=slow.speed if slow else None,
        is_waiting=slow is None,
        troubles=(
            *troubles(services_of(request).watched(), schema.zone, now),
            *delivery_troubles(await asked(request, states), now),
            *crm_troubles(await asked(request, crm_healths), now),
        ),
    )
    return page(request, "overview", page=shown)


class Slow(NamedTuple):
    """What every first score and every new lead is read for."""

    months: Chart | None
    speed: Speed | None


def _slow(connection: sa.Connection, schema: LeadSchema, now: int, fewest: int) -> Slow:
    touches = first_touches(connection, now - DAYS * DAY, schema.rep_kinds)
    return Slow(by_month(first_promises(connection, now, schema), now, schema), speed_of(touches, now, fewest))
