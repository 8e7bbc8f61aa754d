"""Salesforce's REST API: collections of Leads and Opportunities, SOQL by the last change, fields made on first use by the Tooling API.

See https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections.htm.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx

from features.records.clock import to_datetime, to_microseconds
from serving.crm.http import CrmClient, CrmRefusedError, message_of
from serving.crm.lead_values import LONGEST_LINE, LONGEST_TEXT, LeadValues
from serving.crm.paths import members_of
from serving.crm.target import WRITTEN, ChangedPage, RemoteRecord, Writing, Written
from serving.settings.crm import CrmSettings, WrittenName

API = "/services/data/v62.0"
PER_SECOND = 5.0
"""Requests; what counts is their number in 24 hours, which the collections keep small."""
PERMISSIONS = "Glengarry_Scores"
"""Permission set through which fields that were just made can be seen: without one, nobody does, not even who made them."""
UNKNOWN = frozenset({"ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"})
CONVERTED = "CANNOT_UPDATE_CONVERTED_LEAD"
MODIFIED = "SystemModstamp"
DELETED = "IsDeleted"
"""Of a record in the recycle bin, also of one that was merged: then MasterRecordId is the other's id."""
MAX_MAILS = 100
"""Addresses in one question: SOQL has a longest one."""
_ID = re.compile(r"(00Q|006)[A-Za-z0-9]{12}([A-Za-z0-9]{3})?")
_KINDS = {"00Q": "Lead", "006": "Opportunity"}
METADATA: Mapping[WrittenName, Mapping[str, Any]] = {
    "probability": {"label": "Chance to close", "type": "Percent", "precision": 4, "scale": 1},
    "route": {"label": "Route", "type": "Text", "length": 40},
    "step": {"label": "Step", "type": "Text", "length": 40},
    "question": {"label": "Ask next", "type": "Text", "length": LONGEST_LINE},
    "reasons": {"label": "Reasons of the score", "type": "LongTextArea", "length": LONGEST_TEXT, "visibleLines": 5},
    "scored_at": {"label": "Scored at", "type": "DateTime"},
}


class Salesforce:
    """Leads and opportunities of an org."""

    most = 200

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
        """Return the record that an id is of: the first three characters say of which kind."""
        kind = _KINDS[lead_id[:3]] if _ID.fullmatch(lead_id) else ""
        return [RemoteRecord(kind, lead_id)] if kind in self._settings.kinds else []

    def missing(self) -> Sequence[str]:
        """Return the fields that would be made first."""
        return [f"{kind}.{theirs}" for kind in self._settings.kinds for theirs in self._missing(kind).values()]

    def _missing(self, kind: str) -> dict[WrittenName, str]:
        there = self._fields(kind)
        return {ours: theirs for ours, theirs in self._settings.names.items() if theirs not in there}

    def _fields(self, kind: str) -> set[str]:
        described = self._client.ask("GET", f"{API}/sobjects/{kind}/describe").json()
        return {field["name"] for field in described["fields"]}

    def prepare(self) -> Sequence[str]:
        """Make the fields that are not there yet, let this user see them, and return them."""
        made = []
        for kind in self._settings.kinds:
            for ours, theirs in self._missing(kind).items():
                told = {"FullName": f"{kind}.{theirs}", "Metadata": dict(METADATA[ours])}
                try:
                    self._client.ask("POST", f"{API}/tooling/sobjects/CustomField", json=told)
                except CrmRefusedError as error:  # one that is there, but cannot be seen
                    if _code(error.content) != "DUPLICATE_DEVELOPER_NAME":
                        raise
                made.append(f"{kind}.{theirs}")
        if made:
            self._let_see(made)
        return made

    def _let_see(self, fields: Sequence[str]) -> None:
        parent = self._permission_set()
        records = [
            {
                "attributes": {"type": "FieldPermissions"},
                "ParentId": parent,
                "SobjectType": field.partition(".")[0],
                "Field": field,
                "PermissionsRead": True,
                "PermissionsEdit": True,
            }
            for field in fields
        ]
        told = {"allOrNone": False, "records": records}
        self._client.ask("POST", f"{API}/composite/sobjects", json=told)

    def _permission_set(self) -> str:
        """Return the id of our permission set, made and given to the user of the token where it is not there."""
        named = f"SELECT Id FROM PermissionSet WHERE Name = '{PERMISSIONS}'"
        found = self._client.ask("GET", f"{API}/query", params={"q": named}).json()["records"]
        if found:
            return str(found[0]["Id"])
        told = {"Name": PERMISSIONS, "Label": "Glengarry scores"}
        parent = str(self._client.ask("POST", f"{API}/sobjects/PermissionSet", json=told).json()["id"])
        user = str(self._client.ask("GET", "/services/oauth2/userinfo").json()["user_id"])
        given = {"AssigneeId": user, "PermissionSetId": parent}
        self._client.ask("POST", f"{API}/sobjects/PermissionSetAssignment", json=given)
        return parent

    def write(self, writings: Sequence[Writing]) -> Sequence[Written]:
        """Write one collection; records of a kind stand together, as ten changes of kind are the most."""
        order = sorted(range(len(writings)), key=lambda at: writings[at].remote.kind)
        records = [
            {
                "attributes": {"type": writings[at].remote.kind},
                "id": writings[at].remote.remote_id,
                **self.fields(writings[at].values),
            }
            for at in order
        ]
        told = {"allOrNone": False, "records": records}
        results = self._client.ask("PATCH", f"{API}/composite/sobjects", json=told).json()
        fates = [Written("refused", "no answer")] * len(writings)
        for at, result in zip(order, results, strict=False):
            fates[at] = _fate(result)
        return fates

    def fields(self, values: LeadValues) -> dict[str, Any]:
        """Return a record's fields; those that say nothing are emptied."""
        told: Mapping[WrittenName, Any] = {
            "probability": values.percent,
            "route": values.route,
            "step": values.step,
            "question": values.question or None,
            "reasons": values.text or None,
            "scored_at": _iso(values.scored_at),
        }
        return {theirs: told[ours] for ours, theirs in self._settings.names.items()}

    def find(self, mails: Sequence[str]) -> Mapping[str, RemoteRecord]:
        """Return leads by their mail addresses, the latest of each; those that were converted are opportunities."""
        found: dict[str, RemoteRecord] = {}
        for at in range(0, len(mails), MAX_MAILS):
            quoted = ", ".join(map(_quoted, mails[at : at + MAX_MAILS]))
            asked = f"SELECT Id, Email FROM Lead WHERE Email IN ({quoted}) AND IsConverted = false ORDER BY CreatedDate"
            records = self._client.ask("GET", f"{API}/query", params={"q": asked}).json()["records"]
            found |= {str(one["Email"]).casefold(): RemoteRecord("Lead", str(one["Id"])) for one in records}
        return {mail: record for mail, record in found.items() if mail in mails}

    def create(self, contents: Sequence[Mapping[str, Any]]) -> Sequence[RemoteRecord | Written]:
        """Make leads; Salesforce wants at least LastName and Company of each."""
        records = [{"attributes": {"type": "Lead"}, **content} for content in contents]
        told = {"allOrNone": False, "records": records}
        results = self._client.ask("POST", f"{API}/composite/sobjects", json=told, once=True).json()
        return [RemoteRecord("Lead", str(one["id"])) if one.get("success") else _fate(one) for one in results]

    def changed(self, kind: str, since: datetime, paths: Iterable[str]) -> Iterator[ChangedPage]:
        """Yield the records that were changed since a time, the earliest first; deleted and merged ones too if the rules can tell them."""
        wanted = {"Id", MODIFIED, *members_of(paths, "sObject")}
        there = self._fields(kind)  # rules also name fields that not every org has
        names = sorted(name for name in wanted if name in there)
        asked = f"SELECT {', '.join(names)} FROM {kind} WHERE {MODIFIED} >= {_iso(to_microseconds(since))} ORDER BY {MODIFIED}, Id"
        path = "queryAll" if DELETED in names else "query"
        content = self._client.ask("GET", f"{API}/{path}", params={"q": asked}).json()
        while True:
            records = content["records"]
            for at in range(0, len(records), self.most):
                part = records[at : at + self.most]
                yield ChangedPage([_message(one, kind) for one in part], _time(part[-1][MODIFIED]))
            if content.get("done", True):
                return
            content = self._client.ask("GET", content["nextRecordsUrl"]).json()

    def deleted(self, kind: str, since: datetime, place: str, now: datetime) -> Iterator[ChangedPage]:  # noqa: ARG002 - as of every CRM
        """Yield nothing: deleting changes a record, which stays for a while."""
        yield from ()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def _fate(result: Mapping[str, Any]) -> Written:
    if result.get("success"):
        return WRITTEN
    errors = result.get("errors") or [{}]
    code, why = str(errors[0].get("statusCode", "")), message_of(errors)
    if code in UNKNOWN:
        return Written("unknown", why)
    return Written("merged", "converted into an opportunity") if code == CONVERTED else Written("refused", why or code)


def _code(content: Any) -> str:
    first = content[0] if isinstance(content, list) and content else {}
    return str(first.get("errorCode", "")) if isinstance(first, Mapping) else ""


def _message(record: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return a record in the shape in which an outbound message brings it."""
    told = {name: value for name, value in record.items() if name != "attributes"}
    return {"Id": record["Id"], "sObject": {"type": kind, **told}}


def _quoted(text: str) -> str:
    r"""Return a text as SOQL reads it.

    Examples
    --------
    >>> print(_quoted("o'hara@example.com"))
    'o\'hara@example.com'
    """
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _time(text: str) -> int:
    return to_microseconds(datetime.fromisoformat(text.replace("+0000", "+00:00")))


def _iso(microseconds: int) -> str:
    return to_datetime(microseconds).strftime("%Y-%m-%dT%H:%M:%S.") + f"{microseconds // 1_000 % 1_000:03d}Z"
