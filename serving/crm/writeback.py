"""Writing scores back, round by round: what a CRM was not told yet, and what it took.

It compares what was last written, which the store keeps, with the latest score: so nothing is written twice that has not changed, nothing is
lost by a restart or by a CRM that was away, and several scores in a row are one request. What a CRM does not know is set aside and said; the
others go on.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from features.records.clock import duration
from features.settings.schema import LeadSchema
from serving.crm.record_finder import RecordFinder
from serving.crm.target import Crm, Fate, Target, Writing, Written
from serving.crm.write_plan import AT_ONCE, Candidates, PlannedWrite, WritePlanner, WriteReport
from serving.intake.commands import StoreRemovals
from serving.settings.crm import CrmSettings
from serving.store import reading
from serving.store.crm_records import (
    CrmPosition,
    CrmRecord,
    crm_position,
    due_leads,
    end_due,
    keep_crm_position,
    keep_crm_records,
    lead_of_record,
    make_due,
    newly_scored,
)
from serving.store.listing import leads_named
from serving.store.store import Store
from serving.store.transaction import Transaction

log = logging.getLogger("glengarry")

SCORES = "scores"
"""Name of the position up to which scores were looked at."""
RETRY_AFTER = duration(timedelta(minutes=1))
"""So long after it was looked for in vain a lead is looked for again: the CRM may learn of it later than we do."""
SAID: Mapping[Fate, str] = {"unknown": "not there", "merged": "merged", "refused": "refused"}


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
        self.clock, self._go_on = clock, go_on
        self._planner = WritePlanner(store, settings)
        self._finder = RecordFinder(store, settings, schema, clock, tell, go_on)
        self._prepared = False

    def plan(self, candidates: Candidates) -> WriteReport:
        """Return what would be written if all open leads were compared; nothing is asked of the CRM."""
        report = WriteReport(self.settings.name, testing=True)
        for ids in self._planner.open_leads():
            report.planned += self._planner.planned(ids, candidates, report)
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
            for ids in self._planner.open_leads():
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

    def _write(self, lead_ids: Sequence[str], report: WriteReport) -> None:
        self._go_on()
        target = cast("Target", self.target)
        planned = self._planner.planned(lead_ids, target.candidates, report)
        if not planned:
            return
        if not self._prepared:
            report.made += target.prepare()
            self._prepared = True
        report.planned += planned
        known = [one for one in planned if one.remotes]
        if lost := [one for one in planned if not one.remotes]:
            known += self._finder.find(cast("Crm", target), lost, report)
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

    def _end_due(self, due: Sequence[str]) -> None:
        """Let go of those that are not open any more, as they would be looked at for ever."""
        there = {lead.lead_id for lead in self.store.ask(leads_named, due) if lead.status == "open"}
        if ended := sorted(set(due) - there):
            with self.store.writing(self.clock()) as transaction:
                end_due(transaction, self.settings.name, ended)

    def _keep_position(self, position: CrmPosition) -> None:
        with self.store.writing(self.clock()) as transaction:
            keep_crm_position(transaction, self.settings.name, SCORES, position)


def _why(fate: Written) -> str:
    return f"{SAID[fate.fate]}: {fate.why}" if fate.why else SAID[fate.fate]


def _order(position: CrmPosition) -> tuple[int, str]:
    return position.at, position.place
