"""What each lead cost: its share of what was spent on its source in its month, or what a lead of its source costs."""

from dataclasses import dataclass

import numpy as np

from features.records.history import Floats
from features.records.spend import Spend
from models.accountability.record import LeadsAsOf
from models.accountability.settings import CostSettings


@dataclass(frozen=True)
class Costs:
    """Costs of the leads of a record.

    Attributes
    ----------
    of_lead
        What each lead cost (n,), NaN where that is not known.
    unassigned
        What was spent, by value, in months in which no lead of that value came: it is in no lead's cost.
    """

    of_lead: Floats
    unassigned: dict[str, float]


def lead_costs(record: LeadsAsOf, settings: CostSettings, spend: Spend | None) -> Costs:
    """Return what leads cost by a record's date; of the month that it falls into, the part that had passed is taken as spent."""
    leads = record.history.leads
    names = leads.channels.get(settings.channel)
    if names is None:
        return Costs(np.full(len(leads), np.nan), {})
    of_lead = np.array([settings.per_lead.get(name, np.nan) for name in names], np.float64)
    if spend is None:
        return Costs(of_lead, {})
    month = leads.created_at.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    spent = _spent_by(spend, record.as_of)
    keys, of, count = np.unique(
        [f"{at} {name}" for at, name in zip(month, names, strict=True)], return_inverse=True, return_counts=True
    )
    share = np.array([spent.get(key, np.nan) for key in keys.tolist()], np.float64) / count
    of_lead = np.where(np.isnan(share[of]), of_lead, share[of])
    unassigned: dict[str, float] = {}
    for key in sorted(set(spent) - set(keys.tolist())):
        value = key.partition(" ")[2]
        unassigned[value] = unassigned.get(value, 0.0) + spent[key]
    return Costs(of_lead, unassigned)


def _spent_by(spend: Spend, as_of: int) -> dict[str, float]:
    """Return what was spent by a date, by month and value."""
    now = np.datetime64(as_of, "us")
    spent: dict[str, float] = {}
    for value, month, amount in zip(spend.value, spend.month.tolist(), spend.amount.tolist(), strict=True):
        begins, ends = (
            np.datetime64(month, "M").astype("datetime64[us]"),
            np.datetime64(month + 1, "M").astype("datetime64[us]"),
        )
        passed = float(np.clip((now - begins) / (ends - begins), 0.0, 1.0))
        if passed > 0:
            key = f"{month} {value}"
            spent[key] = spent.get(key, 0.0) + passed * amount
    return spent
