"""Whom a CRM is to be told of: each lead's latest score, held against what was written of them last."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from serving.crm.lead_values import LeadValues, differs
from serving.crm.target import RemoteRecord
from serving.schemas.score import Score
from serving.settings.crm import CrmSettings
from serving.store.crm_records import CrmRecord, crm_records, latest_answers
from serving.store.listing import ListingPage, leads_named, list_leads
from serving.store.records import LeadStanding
from serving.store.store import Store

AT_ONCE = 500
"""Leads that are compared together."""
How = Literal["write", "find", "create"]
Candidates = Callable[[str], Sequence[RemoteRecord]]
"""Returns the records that a lead's id may be the id of."""


@dataclass(frozen=True)
class PlannedWrite:
    """A lead of which a CRM is to be told.

    Attributes
    ----------
    remotes
        The records that it may be, in the order in which they are tried; empty for one that is to be looked for.
    before
        What the CRM was told last.
    """

    lead: LeadStanding
    values: LeadValues
    remotes: tuple[RemoteRecord, ...] = ()
    before: LeadValues | None = None
    record: CrmRecord | None = None

    @property
    def how(self) -> How:
        """Whether its record is known, or has to be found by its mail address first."""
        return "write" if self.remotes else "find"


@dataclass
class WriteReport:
    """What was written, or would be.

    Attributes
    ----------
    testing
        Whether nothing was written.
    compared, unchanged, elsewhere
        Leads that were looked at; that the CRM knows as they are; and that are none of its.
    planned
        Those of which it is to be told.
    made
        Properties that were made.
    found, created
        Records that were found by a mail address, and that were made.
    troubles
        What was not taken, and why.
    """

    crm: str
    testing: bool
    compared: int = 0
    unchanged: int = 0
    elsewhere: int = 0
    written: int = 0
    found: int = 0
    created: int = 0
    planned: list[PlannedWrite] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)


class WritePlanner:
    """Compares leads with what one CRM knows of them."""

    def __init__(self, store: Store, settings: CrmSettings) -> None:
        self.store, self.settings = store, settings

    def open_leads(self) -> Iterator[list[str]]:
        """Yield the ids of all open leads, some at a time."""
        page = ListingPage(order="created_at", status="open", most=AT_ONCE)
        while found := self.store.ask(list_leads, page):
            yield [lead.lead_id for lead in found]
            page = replace(page, after=(found[-1].created_at, found[-1].lead_id))

    def planned(self, lead_ids: Sequence[str], candidates: Candidates, report: WriteReport) -> list[PlannedWrite]:
        """Return those of which the CRM is to be told; whose score it knows, and who are none of its, are counted."""
        with self.store.reading() as connection:
            leads = [lead for lead in leads_named(connection, lead_ids) if lead.status == "open"]
            ids = [lead.lead_id for lead in leads]
            answers = latest_answers(connection, ids)
            records = crm_records(connection, self.settings.name, ids)
        planned = []
        for lead in leads:
            if lead.lead_id not in answers:
                continue
            report.compared += 1
            score = Score.model_validate_json(answers[lead.lead_id])
            one = self._plan(
                lead, LeadValues.of(score, lead.moved, self.settings.reasons), records.get(lead.lead_id), candidates
            )
            if one is None:
                report.elsewhere += 1
            elif _is_to_be_told(one, self.settings.least_move):
                planned.append(one)
            else:
                report.unchanged += 1
        return planned

    def _plan(
        self,
        lead: LeadStanding,
        values: LeadValues,
        record: CrmRecord | None,
        candidates: Candidates,
    ) -> PlannedWrite | None:
        before = None if record is None or record.content is None else LeadValues.read(record.content)
        if record is not None and record.kind is not None and record.remote_id is not None:
            remotes: tuple[RemoteRecord, ...] = (RemoteRecord(record.kind, record.remote_id),)
        else:
            remotes = tuple(candidates(lead.lead_id))
        if not remotes and not self.settings.mail:
            return None
        return PlannedWrite(lead, values, remotes, before, record)


def _is_to_be_told(one: PlannedWrite, least_move: float) -> bool:
    if one.record is not None and one.record.is_due:
        return True
    if one.record is not None and one.record.trouble and one.before is None:
        return False  # set aside, until it is seen there again or somebody asks for it
    return differs(one.before, one.values, least_move)
