"""Which record of a CRM a lead is that came otherwise, by a form say: that with their mail address, made where the settings say so."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from features.records.clock import duration
from features.settings.schema import LeadSchema
from serving.crm.target import Crm, RemoteRecord
from serving.crm.write_plan import PlannedWrite, WriteReport
from serving.intake.commands import StoreRemovals
from serving.settings.crm import CrmSettings
from serving.store import reading
from serving.store.crm_records import CrmRecord, keep_crm_records, lead_of_record
from serving.store.records import NewRemoval
from serving.store.store import Store

log = logging.getLogger("glengarry")

LOOKED_FOR = duration(timedelta(days=1))
"""So long after a lead came in its record is looked for, as the CRM may learn of it later than we do."""


class RecordFinder:
    """Finds records by mail addresses, and has the store know whose they are.

    Parameters
    ----------
    schema
        The settings of today.
    clock
        Microseconds UTC.
    tell
        Stores what is found out about leads: that a record of the CRM is one of them.
    go_on
        Asked before each call: what it raises ends the work there.
    """

    def __init__(
        self,
        store: Store,
        settings: CrmSettings,
        schema: LeadSchema,
        clock: Callable[[], int],
        tell: Callable[[StoreRemovals], Any],
        go_on: Callable[[], None],
    ) -> None:
        self.store, self.settings, self.schema = store, settings, schema
        self.clock, self.tell, self._go_on = clock, tell, go_on

    def find(self, crm: Crm, lost: Sequence[PlannedWrite], report: WriteReport) -> list[PlannedWrite]:
        """Return leads that came otherwise with the records that have their mail addresses, made where the settings say so."""
        leads = self.store.ask(reading.leads_of, [one.lead.lead_id for one in lost])
        fields = {lead_id: lead.fields for lead_id, lead in leads.items()}
        mails = {one.lead.lead_id: _mail(fields.get(one.lead.lead_id, {}), self.settings.mail) for one in lost}
        wanted = sorted({mail for mail in mails.values() if mail})
        there: dict[str, RemoteRecord] = {}
        for at in range(0, len(wanted), crm.most):
            self._go_on()
            there |= crm.find(wanted[at : at + crm.most])
        report.found += len({mail for mail in wanted if mail in there})
        absent = [one for one in lost if mails[one.lead.lead_id] and mails[one.lead.lead_id] not in there]
        if absent and self.settings.create:
            there |= self._create(crm, {mails[one.lead.lead_id]: fields[one.lead.lead_id] for one in absent}, report)
        found = [
            replace(one, remotes=(there[mails[one.lead.lead_id]],)) for one in lost if mails[one.lead.lead_id] in there
        ]
        self._link(found)
        self._keep_lost([one for one in lost if mails[one.lead.lead_id] not in there])
        return found

    def _create(
        self, crm: Crm, absent: Mapping[str, Mapping[str, Any]], report: WriteReport
    ) -> dict[str, RemoteRecord]:
        """Make records, and return by mail address those that were made."""
        there: dict[str, RemoteRecord] = {}
        mails = list(absent)
        for at in range(0, len(mails), crm.most):
            self._go_on()
            part = mails[at : at + crm.most]
            made = crm.create([self._content(absent[mail]) for mail in part])
            for mail, one in zip(part, made, strict=False):
                if isinstance(one, RemoteRecord):
                    there[mail] = one
                else:
                    log.warning("crm %s made no record of a lead: %s", self.settings.name, one.fate)
        report.created += len(there)
        return there

    def _content(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        told = {theirs: fields.get(ours) for theirs, ours in self.settings.create.items()}
        return {theirs: value for theirs, value in told.items() if value is not None}

    def _link(self, found: Sequence[PlannedWrite]) -> None:
        """Tell whose what the CRM tells of these records is from now on, and keep then as which records leads are known.

        In this order: what ends the work between the two has the leads found again, and what is told again changes nothing.
        """
        owners: dict[str, str] = {}
        links, records = [], []
        with self.store.reading() as connection:
            now = reading.latest(connection)
            for one in found:
                remote, lead_id = one.remotes[0], one.lead.lead_id
                if remote.remote_id not in owners:
                    known = lead_of_record(connection, self.settings.name, remote.remote_id)
                    owners[remote.remote_id] = known or lead_id
                if remote.kind in self.settings.kinds and owners[remote.remote_id] == lead_id:
                    links.append(NewRemoval(remote.remote_id, lead_id, now))
                record = one.record or CrmRecord(self.settings.name, lead_id)
                records.append(replace(record, kind=remote.kind, remote_id=remote.remote_id))
        if links:
            self.tell(StoreRemovals(links, True, self.schema))
        if records:
            with self.store.writing(self.clock()) as transaction:
                keep_crm_records(transaction, records)

    def _keep_lost(self, lost: Sequence[PlannedWrite]) -> None:
        """Look again later for whoever the CRM does not have yet."""
        now = self.clock()
        records = []
        for one in lost:
            record = one.record or CrmRecord(self.settings.name, one.lead.lead_id)
            is_due = one.lead.created_at > now - LOOKED_FOR
            records.append(
                replace(
                    record,
                    trouble="not there: no record has the mail address",
                    tried_at=now,
                    is_due=is_due,
                    content=None,
                )
            )
        if records:
            with self.store.writing(now) as transaction:
                keep_crm_records(transaction, records)


def _mail(fields: Mapping[str, Any], name: str) -> str:
    told = fields.get(name)
    text = told.strip().casefold() if isinstance(told, str) else ""
    return text if "@" in text else ""
