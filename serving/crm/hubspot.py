"""HubSpot's CRM objects, version 3: batch update, search by the last change, properties made on first use.

See https://developers.hubspot.com/docs/api-reference/crm-objects-v3 and /crm-properties-v3.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from features.records.clock import to_datetime, to_microseconds
from serving.crm.http import CrmClient, CrmRefusedError, message_of
from serving.crm.lead_values import LeadValues
from serving.crm.paths import members_of
from serving.crm.target import WRITTEN, ChangedPage, RemoteRecord, Writing, Written
from serving.settings.crm import CrmSettings, WrittenName

PER_SECOND = 4.0
"""Requests: a search may be asked five times a second, and the other ten are for the account's other programs."""
GROUP = "glengarry"
MAX_SEARCHED = 10_000
"""Results of one search that can be paged through: then it begins anew at the last change that was seen."""
DELETED_EVERY = timedelta(hours=1)
"""Between two readings of the list of what was deleted: it holds 90 days of that and has to be read whole, so a pull every few minutes would ask for little else."""
MODIFIED = {"contacts": "lastmodifieddate", "deals": "hs_lastmodifieddate"}
MERGED = "hs_merged_object_ids"
"""Property with the ids of the records that were merged into one."""
TYPES: Mapping[WrittenName, Mapping[str, str]] = {
    "probability": {"type": "number", "fieldType": "number", "numberDisplayHint": "percentage"},
    "route": {"type": "string", "fieldType": "text"},
    "step": {"type": "string", "fieldType": "text"},
    "question": {"type": "string", "fieldType": "text"},
    "reasons": {"type": "string", "fieldType": "textarea"},
    "scored_at": {"type": "datetime", "fieldType": "date"},
}
LABELS: Mapping[WrittenName, str] = {
    "probability": "Chance to close",
    "route": "Route",
    "step": "Step",
    "question": "Ask next",
    "reasons": "Reasons of the score",
    "scored_at": "Scored at",
}


class HubSpot:
    """Deals or contacts of an account."""

    most = 100

    def __init__(
        self,
        settings: CrmSettings,
        environment: Mapping[str, str],
        transport: httpx.BaseTransport | None = None,
        **times: Any,
    ) -> None:
        self._settings = settings
        self._kind = settings.kinds[0]
        self._client = CrmClient(settings, environment, PER_SECOND, transport=transport, **times)

    def candidates(self, lead_id: str) -> Sequence[RemoteRecord]:
        """Return the record that an id is of: HubSpot's are numbers."""
        return [RemoteRecord(self._kind, lead_id)] if lead_id.isascii() and lead_id.isdigit() else []

    def missing(self) -> Sequence[str]:
        """Return the properties that would be made first."""
        there = self._client.ask("GET", f"/crm/v3/properties/{self._kind}").json()["results"]
        names = {one["name"] for one in there}
        return [theirs for theirs in self._settings.names.values() if theirs not in names]

    def prepare(self) -> Sequence[str]:
        """Make the properties that are not there yet, in a group of their own, and return them."""
        missing = self.missing()
        if not missing:
            return []
        group = {"name": GROUP, "label": "Glengarry", "displayOrder": -1}
        self._client.ask("POST", f"/crm/v3/properties/{self._kind}/groups", json=group, allowed={409})
        inputs = [
            {"name": theirs, "label": LABELS[ours], "groupName": GROUP, **TYPES[ours]}
            for ours, theirs in self._settings.names.items()
            if theirs in missing
        ]
        self._client.ask(
            "POST", f"/crm/v3/properties/{self._kind}/batch/create", json={"inputs": inputs}, allowed={409}
        )
        return missing

    def write(self, writings: Sequence[Writing]) -> Sequence[Written]:
        """Write one batch."""
        inputs = {one.remote.remote_id: self.properties(one.values) for one in writings}
        fates = self._update(inputs)
        return [fates[one.remote.remote_id] for one in writings]

    def _update(self, inputs: Mapping[str, Mapping[str, Any]]) -> dict[str, Written]:
        """Write, and where nobody can tell which record an answer is about, write each half by itself."""
        told = [{"id": remote_id, "properties": properties} for remote_id, properties in inputs.items()]
        try:
            answer = self._client.ask("POST", f"/crm/v3/objects/{self._kind}/batch/update", json={"inputs": told})
        except CrmRefusedError as error:
            if error.status not in (400, 404, 409):
                raise
            fates = _errors(error.content, inputs)
            rest = {one: inputs[one] for one in inputs if one not in fates}
            if fates and rest:
                return fates | self._update(rest)
            if len(inputs) == 1 and not fates:
                fate = Written("unknown" if error.status == 404 else "refused", message_of(error.content))
                return dict.fromkeys(inputs, fate)
            return fates or self._halves(inputs)
        content = answer.json()
        fates = _errors(content, inputs)
        results = [str(one["id"]) for one in content.get("results", ())]
        fates |= {one: WRITTEN for one in results if one in inputs}
        lost = {one: inputs[one] for one in inputs if one not in fates}
        others = [one for one in results if one not in inputs]
        if len(inputs) == 1 and lost:  # HubSpot answers for a merged record with the one that it is part of
            fate = (
                Written("merged", f"merged into {others[0]}", others[0]) if others else Written("refused", "no answer")
            )
            return dict.fromkeys(inputs, fate)
        return fates | (self._halves(lost) if lost else {})

    def _halves(self, inputs: Mapping[str, Mapping[str, Any]]) -> dict[str, Written]:
        ids = list(inputs)
        middle = max(len(ids) // 2, 1)
        halves = (half for half in (ids[:middle], ids[middle:]) if half)
        return {one: fate for half in halves for one, fate in self._update({it: inputs[it] for it in half}).items()}

    def properties(self, values: LeadValues) -> dict[str, Any]:
        """Return a record's properties; those that say nothing are emptied by an empty text."""
        told: Mapping[WrittenName, Any] = {
            "probability": values.probability,
            "route": values.route or "",
            "step": values.step or "",
            "question": values.question,
            "reasons": values.text,
            "scored_at": _iso(values.scored_at),
        }
        return {theirs: told[ours] for ours, theirs in self._settings.names.items()}

    def find(self, mails: Sequence[str]) -> Mapping[str, RemoteRecord]:
        """Return contacts by their mail addresses; deals have none."""
        if self._kind != "contacts" or not mails:
            return {}
        asked = {"idProperty": "email", "properties": ["email"], "inputs": [{"id": mail} for mail in mails]}
        answer = self._client.ask("POST", "/crm/v3/objects/contacts/batch/read", json=asked, allowed={404})
        found = answer.json().get("results", ()) if answer.status_code != 404 else ()
        by_mail = {str(one["properties"].get("email", "")).casefold(): str(one["id"]) for one in found}
        return {mail: RemoteRecord("contacts", remote_id) for mail, remote_id in by_mail.items() if mail in mails}

    def create(self, contents: Sequence[Mapping[str, Any]]) -> Sequence[RemoteRecord | Written]:
        """Make records, one by one: HubSpot says of a batch neither which is which nor which was refused."""
        return [self._create(content) for content in contents]

    def _create(self, content: Mapping[str, Any]) -> RemoteRecord | Written:
        try:
            path, told = f"/crm/v3/objects/{self._kind}", {"properties": dict(content)}
            answer = self._client.ask("POST", path, json=told, once=True)
        except CrmRefusedError as error:
            if error.status in (401, 403):
                raise
            return Written("refused", message_of(error.content))
        return RemoteRecord(self._kind, str(answer.json()["id"]))

    def changed(self, kind: str, since: datetime, paths: Iterable[str]) -> Iterator[ChangedPage]:
        """Yield the records that were changed since a time, the earliest first."""
        modified = MODIFIED[kind]
        names = sorted({*members_of(paths, "properties"), modified, MERGED})
        start, after = _milliseconds(since), ""
        while True:
            asked = {
                "filterGroups": [{"filters": [{"propertyName": modified, "operator": "GTE", "value": str(start)}]}],
                "sorts": [{"propertyName": modified, "direction": "ASCENDING"}],
                "properties": names,
                "limit": self.most,
                **({"after": after} if after else {}),
            }
            content = self._client.ask("POST", f"/crm/v3/objects/{kind}/search", json=asked).json()
            results = content["results"]
            if results:
                last = _last(results, modified)
                yield ChangedPage([_message(one, modified) for one in results], last)
            after = str(content.get("paging", {}).get("next", {}).get("after", ""))
            if not after:
                return
            if int(after) + self.most > MAX_SEARCHED:
                # More than so many of one instant cannot be told apart by it: then one goes on past it.
                start, after = max(last // 1_000, start + 1), ""

    def deleted(self, kind: str, since: datetime, place: str, now: datetime) -> Iterator[ChangedPage]:
        """Yield the records that were deleted since a time, once an hour; `place` is when the list of them was read.

        The list has no order, and no way to ask for a time: it is read through, and only with its end has the pull come further.
        """
        if place and timedelta() <= now - to_datetime(int(place)) < DELETED_EVERY:
            return
        start = latest = to_microseconds(since)
        after = ""
        while True:
            asked = {"archived": "true", "limit": self.most, **({"after": after} if after else {})}
            content = self._client.ask("GET", f"/crm/v3/objects/{kind}", params=asked).json()
            gone = [(one, _time(one["archivedAt"])) for one in content["results"] if one.get("archivedAt")]
            latest = max([latest, *(at for _, at in gone)])
            after = str(content.get("paging", {}).get("next", {}).get("after", ""))
            messages = [_deletion(one, kind) for one, at in gone if at >= start]
            if messages or not after:
                end = (start, place) if after else (latest, str(to_microseconds(now)))
                yield ChangedPage(messages, *end)
            if not after:
                return

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def _errors(content: Any, inputs: Mapping[str, Any]) -> dict[str, Written]:
    """Return what became of the records that an answer names as wrong."""
    errors = content.get("errors", ()) if isinstance(content, Mapping) else ()
    fates: dict[str, Written] = {}
    for error in errors:
        ids = error.get("context", {}).get("ids", ()) if isinstance(error, Mapping) else ()
        is_unknown = error.get("category") == "OBJECT_NOT_FOUND" or error.get("status") == "404"
        fate = Written("unknown" if is_unknown else "refused", message_of(error))
        fates |= {str(one): fate for one in ids if str(one) in inputs}
    return fates


def _message(record: Mapping[str, Any], modified: str) -> dict[str, Any]:
    """Return a record in the shape in which a workflow's webhook sends it."""
    properties = record["properties"]
    when = properties.get(modified) or record.get("updatedAt")
    merged = [one for one in str(properties.get(MERGED) or "").split(";") if one]
    told = {"objectId": record["id"], "properties": {**properties, "hs_lastmodifieddate": when}}
    return {**told, "mergedObjectIds": merged} if merged else told


def _deletion(record: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return a deleted record in the shape in which a subscription of an app tells it."""
    subscription = f"{kind.removesuffix('s')}.deletion"
    return {"subscriptionType": subscription, "objectId": record["id"], "occurredAt": record["archivedAt"]}


def _time(text: str) -> int:
    return to_microseconds(datetime.fromisoformat(text))


def _last(results: Sequence[Mapping[str, Any]], modified: str) -> int:
    last = results[-1]
    text = str(last["properties"].get(modified) or last.get("updatedAt"))
    return _time(text)


def _milliseconds(time: datetime) -> int:
    return to_microseconds(time) // 1_000


def _iso(microseconds: int) -> str:
    return to_datetime(microseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")
