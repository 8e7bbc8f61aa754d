"""Measure how soon a form's lead is scored in a CRM, and what is heard there moves it: `python -m bench.crm [--leads N]`.

`glengarry serve` writes back to a stand-in for HubSpot over the network. A lead is posted as a form posts it; the seconds count until their record has a probability, and
then from the CRM's webhook, which brings an answer, until that has changed. Beside them stand the processor seconds of the service for each lead: on a busy machine seconds say
little of the service.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import tomli_w

from bench._service import Home, home
from bench.harness.crm_stand_in import served
from bench.harness.hubspot_stand_in import HubSpotStandIn
from bench.harness.keys import bearer, make_tokens
from bench.harness.processes import Server, wait_until

FIELD = "glengarry_probability"
EVERY = 0.01
"""Seconds between two looks at the CRM."""
WEBHOOK = {"hubspot": {"preset": "hubspot", "fields": {"budget": "properties.budget.value"}}}


def with_crm(place: Home, address: str) -> None:
    """Let the settings of a place name the CRM."""
    file = place.settings.folder / "glengarry.toml"
    entry = {
        "name": "crm",
        "vendor": "hubspot",
        "state": "on",
        "token_variable": "CRM_TOKEN",
        "address": address,
        "objects": ["contacts"],
        "mail": "mail",
        "webhook": "hubspot",
    }
    text = tomli_w.dumps({"webhooks": WEBHOOK, "crm": [entry]})
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{text}", encoding="utf-8")


def processor_seconds(server: Server) -> float:
    parent = psutil.Process(server.process.pid)
    times = [one.cpu_times() for one in (parent, *parent.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


def seconds_until(holds: Callable[[], bool], server: Server, start: float) -> float:
    wait_until(holds, server, EVERY)
    return time.perf_counter() - start


def one_lead(number: int, stand_in: HubSpotStandIn, server: Server, keys: Any) -> tuple[float, float]:
    """Return the seconds from the form to the field, and from the webhook to its change."""
    remote, mail = str(812_000 + number), f"lead{number}@nordwind.example"
    stand_in.put(remote, email=mail)
    start = time.perf_counter()
    told = {"fields": {"mail": mail, "budget": "none"}}
    httpx.post(f"{server.url}/leads", json=told, headers=bearer(keys["form"])).raise_for_status()
    came = seconds_until(lambda: FIELD in stand_in.records[remote], server, start)
    first = stand_in.records[remote][FIELD]
    at = {"value": time.time_ns() // 1_000_000}
    said = {"budget": {"value": "over 50,000"}, "email": {"value": mail}}
    message = {"objectId": int(remote), "properties": {"createdate": at, "hs_lastmodifieddate": at, **said}}
    start = time.perf_counter()
    httpx.post(f"{server.url}/webhooks/hubspot", json=message, headers=bearer(keys["crm"])).raise_for_status()
    return came, seconds_until(lambda: stand_in.records[remote][FIELD] != first, server, start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=25, help="fewer than 30, which a form takes from one address")
    given = parser.parse_args()
    stand_in = HubSpotStandIn()
    os.environ["CRM_TOKEN"] = stand_in.token
    with tempfile.TemporaryDirectory() as folder, served(stand_in) as address:
        place = home(Path(folder) / "crm", leads=1_500)
        with_crm(place, address)
        keys = make_tokens(place.settings.store_url)
        with place.served() as server:
            one_lead(0, stand_in, server, keys)  # the watch has started, and the properties are made
            before = processor_seconds(server)
            found = np.array([one_lead(number + 1, stand_in, server, keys) for number in range(given.leads)])
            used = (processor_seconds(server) - before) / given.leads
    for name, seconds in zip(("from the form to the field", "from the webhook to its change"), found.T, strict=True):
        median, worst = np.percentile(seconds, [50, 100])
        print(f"{name}: median {median:.2f} s, longest {worst:.2f} s, {np.mean(seconds > 5):.0%} over 5 s")
    print(
        f"{given.leads} leads, {used:.2f} processor seconds of the service a lead; shapes that were broken: {stand_in.broken}"
    )


if __name__ == "__main__":
    main()
