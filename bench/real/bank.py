"""Writes the bank's calls as a dated file: the months are rebuilt from the order of the rows.

The rows run from May 2008 to November 2010 in order, so each change of `month` is the next such month, and a month that is not
later in the year is the next year's. Within a month, calls are spread evenly over its days.
"""

from pathlib import Path

import numpy as np
import pandas as pd

FIRST_YEAR = 2008
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NEVER_CONTACTED = 999
RENAMED = {
    "emp.var.rate": "employment_variation",
    "cons.price.idx": "consumer_prices",
    "cons.conf.idx": "consumer_confidence",
    "euribor3m": "euribor_3m",
    "nr.employed": "employees",
}


def write_calls(source: Path, folder: Path) -> Path:
    """Write `calls.csv` into a folder from the published file; return it."""
    calls = pd.read_csv(source, sep=";").rename(columns=RENAMED)
    started = start_times(calls["month"])
    calls.insert(0, "lead_id", [f"call-{row}" for row in range(len(calls))])
    calls["created_at"] = started.dt.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    calls["ended_at"] = (started + pd.to_timedelta(calls["duration"], unit="s")).dt.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    calls["calls_before"] = calls["campaign"] - 1  # campaign counts the call itself
    calls["days_since_contact"] = calls["pdays"].where(calls["pdays"] != NEVER_CONTACTED)
    file = folder / "calls.csv"
    calls.drop(columns=["month", "campaign", "pdays"]).to_csv(file, index=False)
    return file


def start_times(month_names: "pd.Series[str]") -> "pd.Series[pd.Timestamp]":
    """Return when each call started, from the names of the months in call order."""
    month = month_names.map({name: number for number, name in enumerate(MONTHS, start=1)}).to_numpy()
    first = np.flatnonzero(np.diff(month, prepend=0))
    year, years = FIRST_YEAR, []
    for previous, current in zip([0, *month[first][:-1]], month[first], strict=True):
        year += int(current <= previous)
        years.append(year)
    starts = pd.Series(
        pd.to_datetime([f"{year}-{number:02}-01" for year, number in zip(years, month[first], strict=True)])
    )
    block = np.searchsorted(first, np.arange(len(month)), side="right") - 1
    size = np.diff(np.append(first, len(month)))
    share = (np.arange(len(month)) - first[block]) / size[block]
    seconds = np.floor(share * starts.dt.days_in_month.to_numpy()[block] * 86_400)
    return pd.Series(starts.to_numpy()[block] + seconds.astype("timedelta64[s]"))
