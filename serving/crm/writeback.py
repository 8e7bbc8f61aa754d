"""Writing scores back: who has a score that the CRM was not told of, as which record it has them, and what it took.

It compares what was last written, which the store keeps, with the latest score: so nothing is written twice that has not changed, nothing is
lost by a restart or by a CRM that was away, and several scores in a row are one request. What a CRM does not know is set aside and said; the
others go on.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal, cast

from features.records.clock import duration
from features.settings.schema import LeadSchema
from serving.crm.lead_values import LeadValues, differs
from serving.crm.target import Crm, Fate, RemoteRecord, Target, Writing, Written
from serving.intake.commands import StoreRemovals
from serving.schemas.score import Score
from serving.settings.crm import CrmSettings
from serving.store import reading
from serving.store.crm_records import (
    CrmPosition,
    CrmRecord,
    crm_position,
    crm_records,
    due_leads,
    end_due,
    keep_crm_position,
    keep_crm_records,
    latest_answers,
    lead_of_record,
    make_due,
    newly_scored,
)
from serving.store.listing import ListingPage, leads_named, list_leads
from serving.store.records import LeadStanding, NewRemoval
from serving.store.store import Store
from serving.store.transaction import Transaction

log = logging.getLogger("glengarry")

SCORES = "scores"
"""Name of the position up to which scores were looked at."""
AT_ONCE = 500
"""Leads that are compared together."""
RETRY_AFTER = duration(timedelta(minutes=1))
"""So long after it was looked for in vain a lead is looked for again: the CRM may learn of it later than we do."""
LOOKED_FOR = duration(timedelta(days=1))
"""So long after it came in."""
SAID: Mapping[Fate, str] = {"unknown": "not there", "merged": "merged", "refused": "refused"}
How = Literal["write", "find", "create"]


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


class WriteBack:
    """Tells one CRM of scores.

    Parameters
    ----------
    target
        None where nothing is to be written.
    schema
        The settings of today.
    clock
        Microseconds UTC.
    tell
        Stores what is found out about leads: that a record of the CRM is one of them.
    go_on
        Asked before anything is compared, and before each batch: what it raises ends the round there.
    """

    def __init__(
        self,
        store: Store,
        settings: CrmSettings,
        target: Target | None,
        schema: LeadSchema,
        clock: Callable[[], int],
        tell: Callable[[StoreRemovals], Any],
        go_on: Callable[[], None] = lambda: None,
    ) -> None:
        self.store, self.settings, self.target = store, settings, target
        self.schema, self.clock, self.tell, self._go_on = schema, clock, tell, go_on
        self._prepared = False

    def plan(self, candidates: Callable[[str], Sequence[RemoteRecord]]) -> WriteReport:
        """Return what would be written if all open leads were compared; nothing is asked of the CRM."""
        report = WriteReport(self.settings.name, testing=True)
        for ids in self._open_leads():
            report.planned += self._planned(ids, candidates, report)
        return report

    def round(self, *, everything: bool = False) -> WriteReport:
        """Tell the CRM what it was not told yet: of leads with a new score, or of all that are open.

        Raises
        ------
        CrmError
            If the CRM does not work: what was taken until then is kept, and the next round goes on there.
        CrmTokenError
            If the environment has no token.
        StoreError
            If the store cannot be reached.
        """
        report = WriteReport(self.settings.name, testing=False)
        position = self.store.ask(crm_position, self.settings.name, SCORES)
        if everything or position is None:
            self._go_on()
            start = CrmPosition(self.store.ask(reading.latest) + 1)  # the store's next time is that or later
            for ids in self._open_leads():
                self._write(ids, report)
            self._keep_position(start if position is None else max(position, start, key=_order))
            return report
        due = self.store.ask(due_leads, self.settings.name, self.clock() - RETRY_AFTER, AT_ONCE)
        if due:
            self._write(due, report)
            self._end_due(due)
        while scored := self.store.ask(newly_scored, position, AT_ONCE):
            self._write(list(dict.fromkeys(lead_id for _, lead_id in scored)), report)
            position = CrmPosition(*scored[-1])
            self._keep_position(position)
        return report

    def _open_leads(self) -> Iterator[list[str]]:
        page = ListingPage(order="created_at", status="open", most=AT_ONCE)
        while found := self.store.ask(list_leads, page):
            yield [lead.lead_id for lead in found]
            page = replace(page, after=(found[-1].created_at, found[-1].lead_id))

    def _planned(
        self, lead_ids: Sequence[str], candidates: Callable[[str], Sequence[RemoteRecord]], report: WriteReport
    ) -> list[PlannedWrite]:
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
        candidates: Callable[[str], Sequence[RemoteRecord]],
    ) -> PlannedWrite | None:
        before = None if record is None or record.content is None else LeadValues.read(record.content)
        if record is not None and record.kind is not None and record.remote_id is not None:
            remotes: tuple[RemoteRecord, ...] = (RemoteRecord(record.kind, record.remote_id),)
        else:
            remotes = tuple(candidates(lead.lead_id))
        if not remotes and not self.settings.mail:
            return None
        return PlannedWrite(lead, values, remotes, before, record)

    def _write(self, lead_ids: Sequence[str], report: WriteReport) -> None:
        self._go_on()
        target = cast("Target", self.target)
        planned = self._planned(lead_ids, target.candidates, report)
        if not planned:
            return
        if not self._prepared:
            report.made += target.prepare()
            self._prepared = True
        report.planned += planned
        known = [one for one in planned if one.remotes]
        if lost := [one for one in planned if not one.remotes]:
            known += self._find(cast("Crm", target), lost, report)
        while known:
            again: list[PlannedWrite] = []
            for at in range(0, len(known), target.most):
                again += self._send(target, known[at : at + target.most], report)
            known = again

    def _send(self, target: Target, batch: Sequence[PlannedWrite], report: WriteReport) -> list[PlannedWrite]:
        """Write a batch and keep what became of it; return those that may be another record."""
        self._go_on()
        fates = target.write([Writing(one.remotes[0], one.values) for one in batch])
        again, ended = [], []
        for one, fate in zip(batch, fates, strict=True):
            if fate.fate == "unknown" and len(one.remotes) > 1:
                again.append(replace(one, remotes=one.remotes[1:]))
            else:
                ended.append((one, fate))
        with self.store.writing(self.clock()) as transaction:
            keep_crm_records(transaction, [self._record(one, fate) for one, fate in ended])
            others = [fate.into for _, fate in ended if fate.into]
            if others:  # the record that stays was told what is another lead's
                make_due(transaction, self.settings.name, [self._lead_of(transaction, other) for other in others])
        for one, fate in ended:
            if fate.fate == "written":
                report.written += 1
            else:
                self._say(report, one, fate)
        return again

    def _lead_of(self, transaction: Transaction, remote_id: str) -> str:
        return lead_of_record(transaction.connection, self.settings.name, remote_id) or remote_id

    def _record(self, one: PlannedWrite, fate: Written) -> CrmRecord:
        record, now = one.record or CrmRecord(self.settings.name, one.lead.lead_id), self.clock()
        tried = replace(record, tried_at=now, is_due=False)
        match fate.fate:
            case "written":
                remote = one.remotes[0]
                known = replace(tried, kind=remote.kind, remote_id=remote.remote_id)
                return replace(known, content=one.values.content, written_at=now, trouble=None)
            case "refused":  # and not tried again before something else is to be said
                return replace(tried, content=one.values.content, trouble=_why(fate))
            case _:
                return replace(tried, content=None, trouble=_why(fate))

    def _say(self, report: WriteReport, one: PlannedWrite, fate: Written) -> None:
        report.troubles[one.lead.lead_id] = _why(fate)
        log.warning(
            "crm %s did not take the score of a lead, which is set aside: %s", self.settings.name, SAID[fate.fate]
        )

    def _find(self, crm: Crm, lost: Sequence[PlannedWrite], report: WriteReport) -> list[PlannedWrite]:
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

    def _end_due(self, due: Sequence[str]) -> None:
        """Let go of those that are not open any more, as they would be looked at for ever."""
        there = {lead.lead_id for lead in self.store.ask(leads_named, due) if lead.status == "open"}
        if ended := sorted(set(due) - there):
            with self.store.writing(self.clock()) as transaction:
                end_due(transaction, self.settings.name, ended)

    def _keep_position(self, position: CrmPosition) -> None:
        with self.store.writing(self.clock()) as transaction:
            keep_crm_position(transaction, self.settings.name, SCORES, position)


def _is_to_be_told(one: PlannedWrite, least_move: float) -> bool:
    if one.record is not None and one.record.is_due:
        return True
    if one.record is not None and one.record.trouble and one.before is None:
        return False  # set aside, until it is seen there again or somebody asks for it
    return differs(one.before, one.values, least_move)


def _why(fate: Written) -> str:
    return f"{SAID[fate.fate]}: {fate.why}" if fate.why else SAID[fate.fate]


def _mail(fields: Mapping[str, Any], name: str) -> str:
    told = fields.get(name)
    text = told.strip().casefold() if isinstance(told, str) else ""
    return text if "@" in text else ""


def _order(position: CrmPosition) -> tuple[int, str]:
    return position.at, position.place
