"""From an entry of the settings to the CRM that it names."""

from collections.abc import Mapping
from typing import Any

import httpx

from serving.crm.dynamics import Dynamics
from serving.crm.hubspot import HubSpot
from serving.crm.salesforce import Salesforce
from serving.crm.sql_table import SqlTable
from serving.crm.target import Crm, Target
from serving.settings.crm import CrmSettings


def connect(
    settings: CrmSettings, environment: Mapping[str, str], transport: httpx.BaseTransport | None = None, **times: Any
) -> Target:
    """Return a CRM or a table; nothing is asked of it yet.

    Parameters
    ----------
    environment
        Holds the tokens.
    transport, times
        As `CrmClient` has them.
    """
    if settings.vendor == "sql":
        return SqlTable(settings, environment)
    return connect_crm(settings, environment, transport, **times)


def connect_crm(
    settings: CrmSettings, environment: Mapping[str, str], transport: httpx.BaseTransport | None = None, **times: Any
) -> Crm:
    """Return a CRM; a table of a database is none."""
    match settings.vendor:
        case "hubspot":
            return HubSpot(settings, environment, transport, **times)
        case "salesforce":
            return Salesforce(settings, environment, transport, **times)
        case "dynamics":
            return Dynamics(settings, environment, transport, **times)
        case _:
            raise ValueError(
                f"crm {settings.name!r} must be of HubSpot, Salesforce or Dynamics, got {settings.vendor!r}"
            )
