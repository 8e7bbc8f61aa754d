"""Dynamics 365 Sales by Dataverse's Web API: columns of leads and opportunities, and the table of predictive scores.

See https://learn.microsoft.com/dynamics365/sales/populate-predictive-scores, which says how scores of one's own model are written, and
https://learn.microsoft.com/power-apps/developer/data-platform/webapi/overview.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, get_args

import httpx

from features.records.clock import to_datetime, to_microseconds
from features.settings.ladder import Step
from serving.crm.http import CrmBusyError, CrmClient, CrmError, CrmRefusedError, message_of
from serving.crm.lead_values import LONGEST_LINE, LONGEST_TEXT, LeadValues
from serving.crm.odata_batch import BatchAnswer, BatchAnswerError, BatchPart, batch_answers, batch_body
from serving.crm.paths import members_of
from serving.crm.target import WRITTEN, ChangedPage, RemoteRecord, Writing, Written
from serving.settings.crm import CrmSettings, WrittenName

log = logging.getLogger("glengarry")

API = "/api/data/v9.2"
PER_SECOND = 10.0
"""Requests; the limit is 6,000 in five minutes for a user and a server."""
SETS = {"lead": "leads", "opportunity": "opportunities"}
LANGUAGE = 1033
"""English (US), in which every organisation has names."""
MODIFIED = "modifiedon"
PAGE = 200
HEADERS = {"OData-MaxVersion": "4.0", "OData-Version": "4.0", "Accept": "application/json"}
FORMATTED = {
    "Prefer": f'odata.maxpagesize={PAGE},odata.include-annotations="OData.Community.Display.V1.FormattedValue"'
}
MAX_MAILS = 20
"""Addresses in one question: an address of a request has a longest length."""
LONGEST_REASONS = 10_000
STEADY = 0.01
"""A probability that has moved by less than this is steady."""
IMPROVING, UNMOVED, DECLINING, NOT_ENOUGH = 0, 1, 2, 3
GRADES: Mapping[str, int] = {step: 3 - place for place, step in enumerate(get_args(Step))}
"""Grade A is for prospects, D for names: the ladder has as many steps as Dynamics has grades."""
UNKNOWN = frozenset({"0x80040217", "0x80060891"})
CANNOT_TELL = "crm %s cannot tell which rows of %s were deleted: have the table track changes (%s)"
IS_OVER = "crm %s no longer knows what was deleted in %s since the last pull, which is too long ago: compare by an export (%s)"
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Dynamics:
    """Leads and opportunities of an organisation."""

    most = 100

    def __init__(
        self,
        settings: CrmSettings,
        environment: Mapping[str, str],
        transport: httpx.BaseTransport | None = None,
        **times: Any,
    ) -> None:
        self._settings = settings
        self._client = CrmClient(settings, environment, PER_SECOND, transport=transport, **times)

    def candidates(self, lead_id: str) -> Sequence[RemoteRecord]:
        """Return the records that an id may be of: it does not say of which kind, and no two have the same."""
        return [RemoteRecord(kind, lead_id) for kind in self._settings.kinds] if _ID.fullmatch(lead_id) else []

    def missing(self) -> Sequence[str]:
        """Return the columns that would be made first."""
        return [f"{kind}.{theirs}" for kind in self._settings.kinds for theirs in self._missing(kind).values()]

    def _missing(self, kind: str) -> dict[WrittenName, str]:
        there = self._columns(kind)
        return {ours: theirs for ours, theirs in self._settings.names.items() if theirs.lower() not in there}

    def _columns(self, kind: str) -> set[str]:
        path = f"{API}/EntityDefinitions(LogicalName='{kind}')/Attributes"
        answer = self._client.ask("GET", path, params={"$select": "LogicalName"}, headers=HEADERS)
        return {one["LogicalName"] for one in answer.json()["value"]}

    def prepare(self) -> Sequence[str]:
        """Make the columns that are not there yet, and return them."""
        made = []
        for kind in self._settings.kinds:
            path = f"{API}/EntityDefinitions(LogicalName='{kind}')/Attributes"
            for ours, theirs in self._missing(kind).items():
                self._client.ask("POST", path, json=column_definition(ours, theirs), headers=HEADERS)
                made.append(f"{kind}.{theirs}")
        return made

    def write(self, writings: Sequence[Writing]) -> Sequence[Written]:
        """Write one batch; a predictive score follows where the record itself took its columns."""
        fates = [_fate(answer) for answer in self._batch([self._of_record(one) for one in writings])]
        if self._settings.predictive_scores:
            good = [at for at, fate in enumerate(fates) if fate.fate == "written"]
            answers = self._batch([self._predictive(writings[at]) for at in good])
            for at, answer in zip(good, answers, strict=True):
                fate = _fate(answer)
                if fate.fate != "written":
                    fates[at] = Written("refused", f"msdyn_predictivescores: {fate.why}")
        return fates

    def _of_record(self, one: Writing) -> BatchPart:
        address = f"{self._settings.root}{API}/{SETS[one.remote.kind]}({one.remote.remote_id})"
        return BatchPart("PATCH", address, self.columns(one.values), {"If-Match": "*"})  # without it, one would be made

    def _predictive(self, one: Writing) -> BatchPart:
        key = f"msdyn_entityid='{one.remote.remote_id.lower()}',msdyn_entitytype='{one.remote.kind}'"
        address = f"{self._settings.root}{API}/msdyn_predictivescores({key})"
        return BatchPart("PATCH", address, predictive_score(one.values), {})

    def _batch(self, parts: Sequence[BatchPart]) -> list[BatchAnswer]:
        if not parts:
            return []
        media_type, body = batch_body(parts)
        headers = {**HEADERS, "Content-Type": media_type, "Prefer": "odata.continue-on-error"}
        answer = self._client.ask("POST", f"{API}/$batch", content=body, headers=headers)
        try:
            answers = batch_answers(answer.headers.get("content-type", ""), answer.content)
        except BatchAnswerError as error:
            raise CrmError(str(error)) from None
        if any(one.status == 429 for one in answers):
            raise CrmBusyError(f"crm {self._settings.name!r} asks to wait (429 in a batch).", 60.0)
        if len(answers) != len(parts):
            raise CrmError(f"A batch must have an answer to each of its {len(parts)} requests, got {len(answers)}.")
        return answers

    def columns(self, values: LeadValues) -> dict[str, Any]:
        """Return a record's columns; those that say nothing are emptied."""
        told: Mapping[WrittenName, Any] = {
            "probability": values.percent,
            "route": values.route,
            "step": values.step,
            "question": values.question or None,
            "reasons": values.text or None,
            "scored_at": _iso(values.scored_at),
        }
        return {theirs.lower(): told[ours] for ours, theirs in self._settings.names.items()}

    def find(self, mails: Sequence[str]) -> Mapping[str, RemoteRecord]:
        """Return leads by their mail addresses, the latest of each."""
        found: dict[str, RemoteRecord] = {}
        for at in range(0, len(mails), MAX_MAILS):
            conditions = " or ".join(f"emailaddress1 eq {_quoted(mail)}" for mail in mails[at : at + MAX_MAILS])
            asked = {"$select": "leadid,emailaddress1", "$filter": conditions, "$orderby": "createdon asc"}
            rows = self._client.ask("GET", f"{API}/leads", params=asked, headers=HEADERS).json()["value"]
            found |= {str(one["emailaddress1"]).casefold(): RemoteRecord("lead", str(one["leadid"])) for one in rows}
        return {mail: record for mail, record in found.items() if mail in mails}

    def create(self, contents: Sequence[Mapping[str, Any]]) -> Sequence[RemoteRecord | Written]:
        """Make leads, one by one."""
        return [self._create(content) for content in contents]

    def _create(self, content: Mapping[str, Any]) -> RemoteRecord | Written:
        headers = {**HEADERS, "Prefer": "return=representation"}
        try:
            answer = self._client.ask(
                "POST", f"{API}/leads", params={"$select": "leadid"}, json=dict(content), headers=headers, once=True
            )
        except CrmRefusedError as error:
            if error.status in (401, 403):
                raise
            return Written("refused", message_of(error.content))
        return RemoteRecord("lead", str(answer.json()["leadid"]))

    def changed(self, kind: str, since: datetime, paths: Iterable[str]) -> Iterator[ChangedPage]:
        """Yield the records that were changed since a time, the earliest first."""
        key = f"{kind}id"
        there = self._columns(kind)  # rules also name columns of the other kind
        names = {key, MODIFIED, *(name for name in members_of(paths) if name in there or _owner(name) in there)}
        asked = {
            "$select": ",".join(sorted(names)),
            "$filter": f"{MODIFIED} ge {_iso(to_microseconds(since))}",
            "$orderby": f"{MODIFIED} asc,{key} asc",
        }
        headers = {**HEADERS, **FORMATTED}
        content = self._client.ask("GET", f"{API}/{SETS[kind]}", params=asked, headers=headers).json()
        while True:
            rows = content["value"]
            if rows:
                until = to_microseconds(datetime.fromisoformat(rows[-1][MODIFIED]))
                yield ChangedPage([_message(one) for one in rows], until)
            following = content.get("@odata.nextLink")
            if not following:
                return
            content = self._client.ask("GET", following, headers=headers).json()

    def deleted(self, kind: str, since: datetime, place: str, now: datetime) -> Iterator[ChangedPage]:  # noqa: ARG002 - a link tells when it was given
        """Yield the rows that were deleted since a link was given that tells changes; the first time, read up to one.

        Rows are listed for it without a filter, as change tracking has none, and their keys are let go of.
        """
        at = to_microseconds(since)
        try:
            content = self._tracked(kind, place)
        except CrmRefusedError as error:
            if error.status not in (400, 404, 410):
                raise
            if not place:
                log.warning(CANNOT_TELL, self._settings.name, kind, error)
                return
            log.warning(IS_OVER, self._settings.name, kind, error)
            yield ChangedPage([], at)  # the next pull begins anew
            return
        while True:
            gone = [_deletion(row) for row in content["value"] if row.get("reason") == "deleted"]
            following = content.get("@odata.nextLink")
            link = place if following else str(content.get("@odata.deltaLink", place))
            if gone or not following:
                yield ChangedPage(gone, at, link)
            if not following:
                return
            content = self._client.ask("GET", following, headers=HEADERS).json()

    def _tracked(self, kind: str, place: str) -> Any:
        if place:
            return self._client.ask("GET", place, headers=HEADERS).json()
        headers = {**HEADERS, "Prefer": "odata.track-changes"}
        return self._client.ask("GET", f"{API}/{SETS[kind]}", params={"$select": f"{kind}id"}, headers=headers).json()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def column_definition(name: WrittenName, theirs: str) -> dict[str, Any]:
    """Return the definition of a column, as the Web API makes it."""
    kinds: Mapping[WrittenName, tuple[str, dict[str, Any]]] = {
        "probability": ("Decimal", {"MinValue": 0.0, "MaxValue": 100.0, "Precision": 1}),
        "route": ("String", {"MaxLength": 40, "FormatName": {"Value": "Text"}}),
        "step": ("String", {"MaxLength": 40, "FormatName": {"Value": "Text"}}),
        "question": ("String", {"MaxLength": LONGEST_LINE, "FormatName": {"Value": "Text"}}),
        "reasons": ("Memo", {"MaxLength": LONGEST_TEXT, "Format": "TextArea"}),
        "scored_at": ("DateTime", {"Format": "DateAndTime"}),
    }
    labels: Mapping[WrittenName, str] = {
        "probability": "Chance to close (%)",
        "route": "Route",
        "step": "Step",
        "question": "Ask next",
        "reasons": "Reasons of the score",
        "scored_at": "Scored at",
    }
    kind, more = kinds[name]
    return {
        "@odata.type": f"Microsoft.Dynamics.CRM.{kind}AttributeMetadata",
        "AttributeType": kind,
        "AttributeTypeName": {"Value": f"{kind}Type"},
        "SchemaName": theirs,
        "RequiredLevel": {
            "Value": "None",
            "CanBeChanged": True,
            "ManagedPropertyLogicalName": "canmodifyrequirementlevelsettings",
        },
        "DisplayName": _label(labels[name]),
        "Description": _label("Written by Glengarry"),
        **more,
    }


def predictive_score(values: LeadValues) -> dict[str, Any]:
    """Return a row of the table of predictive scores."""
    told: dict[str, Any] = {
        "msdyn_score": round(100 * values.probability),
        "msdyn_scoretrend": trend(values.moved),
        "msdyn_scorereasons": values.text[:LONGEST_REASONS],
    }
    return told if values.step is None else told | {"msdyn_grade": GRADES[values.step]}


def trend(moved: float | None) -> int:
    """Return how a score moves, in Dynamics' words.

    Examples
    --------
    >>> [trend(moved) for moved in (0.02, 0.01, 0.0, -0.01, None)]
    [0, 0, 1, 2, 3]
    """
    if moved is None:
        return NOT_ENOUGH
    return UNMOVED if abs(moved) < STEADY else IMPROVING if moved > 0 else DECLINING


def _fate(answer: BatchAnswer) -> Written:
    if answer.status < 300:
        return WRITTEN
    code = answer.content.get("error", {}).get("code", "") if isinstance(answer.content, Mapping) else ""
    why = message_of(answer.content) or str(answer.status)
    return Written("unknown" if answer.status == 404 or code in UNKNOWN else "refused", why)


def _label(text: str) -> dict[str, Any]:
    localized = {"@odata.type": "Microsoft.Dynamics.CRM.LocalizedLabel", "Label": text, "LanguageCode": LANGUAGE}
    return {"@odata.type": "Microsoft.Dynamics.CRM.Label", "LocalizedLabels": [localized]}


def _owner(name: str) -> str:
    """Return the column that a looked-up value is of: `_ownerid_value` is of `ownerid`."""
    return name.removeprefix("_").removesuffix("_value")


def _message(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("@odata.")}


def _deletion(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a deleted row as change tracking tells it."""
    return {"id": row["id"], "reason": "deleted"}


def _quoted(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def _iso(microseconds: int) -> str:
    return to_datetime(microseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")
