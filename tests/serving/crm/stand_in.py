"""Stand-ins for HubSpot, Salesforce and Dynamics: what their published documentation says of requests, checked; and what it says of answers.

They are not the vendors' servers. Shapes are written after the vendors' references: a request that breaks one is an error of the test, and is
kept in `broken`. Each stand-in can be told to fail, to ask for a wait, and to refuse single records.
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from jsonschema import ValidationError, validate

Json = dict[str, Any]
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def _object(properties: Json, *optional: str) -> Json:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _list(items: Json, most: int) -> Json:
    return {"type": "array", "items": items, "minItems": 1, "maxItems": most}


TEXT: Json = {"type": "string"}
DIGITS: Json = {"type": "string", "pattern": "^[0-9]+$"}

HUBSPOT_SHAPES: Mapping[str, Json] = {
    # BatchInputSimplePublicObjectBatchInput: at most 100
    "update": _object({"inputs": _list(_object({"id": DIGITS, "properties": {"type": "object"}}), 100)}),
    "read": _object(
        {"idProperty": {"const": "email"}, "properties": {"type": "array"}, "inputs": _list(_object({"id": TEXT}), 100)}
    ),
    "create": _object({"properties": {"type": "object", "minProperties": 1}}),
    # PublicObjectSearchRequest: at most 200 a page, the value of a time in milliseconds
    "search": _object(
        {
            "filterGroups": _list(
                _object(
                    {
                        "filters": _list(
                            _object({"propertyName": TEXT, "operator": {"const": "GTE"}, "value": DIGITS}), 6
                        )
                    }
                ),
                5,
            ),
            "sorts": _list(_object({"propertyName": TEXT, "direction": {"enum": ["ASCENDING", "DESCENDING"]}}), 1),
            "properties": {"type": "array", "items": TEXT},
            "limit": {"type": "integer", "minimum": 1, "maximum": 200},
            "after": DIGITS,
        },
        "after",
    ),
    "group": _object({"name": TEXT, "label": TEXT, "displayOrder": {"type": "integer"}}, "displayOrder"),
    # BatchInputPropertyCreate
    "properties": _object(
        {
            "inputs": _list(
                _object(
                    {
                        "name": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
                        "label": TEXT,
                        "groupName": TEXT,
                        "type": {"enum": ["string", "number", "datetime", "date", "enumeration", "bool"]},
                        "fieldType": {"enum": ["text", "textarea", "number", "date", "select"]},
                        "numberDisplayHint": {"enum": ["percentage", "formatted", "unformatted"]},
                    },
                    "numberDisplayHint",
                ),
                100,
            )
        }
    ),
}
SF_ID: Json = {"type": "string", "pattern": "^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$"}
SALESFORCE_SHAPES: Mapping[str, Json] = {
    "update": {
        **_object({"allOrNone": {"type": "boolean"}, "records": {"type": "array", "maxItems": 200, "minItems": 1}}),
        "$defs": {},
    },
    "record": {
        "type": "object",
        "required": ["attributes", "id"],
        "properties": {"attributes": _object({"type": TEXT}), "id": SF_ID},
    },
    "new": {
        "type": "object",
        "required": ["attributes"],
        "properties": {"attributes": _object({"type": TEXT}), "id": False},
    },
    "field": _object(
        {
            "FullName": {"type": "string", "pattern": r"^(Lead|Opportunity)\.[A-Za-z]\w*__c$"},
            "Metadata": _object(
                {
                    "label": {"type": "string", "maxLength": 40},
                    "type": {"enum": ["Percent", "Text", "LongTextArea", "DateTime"]},
                    "length": {"type": "integer"},
                    "precision": {"type": "integer", "maximum": 18},
                    "scale": {"type": "integer"},
                    "visibleLines": {"type": "integer", "minimum": 2},
                },
                "length",
                "precision",
                "scale",
                "visibleLines",
            ),
        }
    ),
}
DYNAMICS_SHAPES: Mapping[str, Json] = {
    "predictive": _object(
        {
            "msdyn_score": {"type": "integer"},
            "msdyn_scoretrend": {"enum": [0, 1, 2, 3]},
            "msdyn_grade": {"enum": [0, 1, 2, 3]},
            "msdyn_scorereasons": {"type": "string", "maxLength": 10_000},
        },
        "msdyn_grade",
        "msdyn_scorereasons",
    ),
    "attribute": {
        "type": "object",
        "required": ["@odata.type", "AttributeType", "AttributeTypeName", "SchemaName", "RequiredLevel", "DisplayName"],
        "properties": {
            "@odata.type": {"pattern": r"^Microsoft\.Dynamics\.CRM\.(String|Memo|Decimal|DateTime)AttributeMetadata$"},
            "SchemaName": {"pattern": "^new_"},
        },
    },
}


@dataclass
class StandIn:
    """What all three have in common: records, a clock of their own, and how they may be made to fail.

    Attributes
    ----------
    failures
        Answers that are given first, instead of what was asked; an exception is raised.
    asked
        (method, path) of each request.
    broken
        What was wrong with requests by the published shapes.
    refused
        Ids of records that cannot be written.
    """

    token: str = "a token of the CRM"
    records: dict[str, Json] = field(default_factory=dict)
    failures: deque[httpx.Response | Exception] = field(default_factory=deque)
    asked: list[tuple[str, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    properties: set[str] = field(default_factory=set)
    ticks: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            request.read()
            path = request.url.path
            self.asked.append((request.method, path))
            if self.failures:
                failure = self.failures.popleft()
                if isinstance(failure, Exception):
                    raise failure
                return failure
            if path.endswith("/token"):
                return self.give_token(request)
            if request.headers.get("authorization") != f"Bearer {self.token}":
                return httpx.Response(401, json={"message": "no good token", "errorCode": "INVALID_SESSION_ID"})
            try:
                return self.answer(request, path)
            except ValidationError as error:
                self.broken.append(f"{request.method} {path}: {error.message}")
                return httpx.Response(400, json={"message": error.message, "category": "VALIDATION_ERROR"})

    def give_token(self, request: httpx.Request) -> httpx.Response:
        said = parse_qs(request.content.decode())
        if said.get("grant_type") != ["client_credentials"] or said.get("client_secret") != ["a secret"]:
            return httpx.Response(400, json={"error": "invalid_client"})
        return httpx.Response(200, json={"access_token": self.token, "token_type": "Bearer"})

    def answer(self, request: httpx.Request, path: str) -> httpx.Response:
        raise NotImplementedError

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self)

    def now(self) -> datetime:
        self.ticks += 1
        return START + timedelta(seconds=self.ticks)

    def times(self, method: str, part: str) -> int:
        return sum(one == method and part in path for one, path in self.asked)


def iso(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class HubSpotStandIn(StandIn):
    """HubSpot: one kind of object, `merged` by the id of what was merged into it, `archived` with when each was deleted."""

    merged: dict[str, str] = field(default_factory=dict)
    archived: dict[str, str] = field(default_factory=dict)
    searched: int = 10_000
    """Results of a search that can be paged through."""
    whole: bool = False
    """Whether a batch with a bad record is refused as a whole, without saying which it is."""

    def put(self, remote_id: str, **properties: Any) -> None:
        """Let a record be made or changed by somebody who works there."""
        there = self.records.setdefault(remote_id, {"createdate": iso(self.now())})
        now = iso(self.now())
        there |= properties | {"hs_lastmodifieddate": now, "lastmodifieddate": now}

    def delete(self, remote_id: str) -> None:
        del self.records[remote_id]
        self.archived[remote_id] = iso(self.now())

    def merge(self, remote_id: str, into: str) -> None:
        """Let a record become part of another, which names it; whatever was merged is deleted as well."""
        self.delete(remote_id)
        self.merged[remote_id] = into
        before = self.records[into].get("hs_merged_object_ids")
        self.put(into, hs_merged_object_ids=f"{before};{remote_id}" if before else remote_id)

    def archive(self, asked: Mapping[str, str]) -> httpx.Response:
        """CollectionResponseSimplePublicObjectWithAssociations, in no order of time: a page has at most 100."""
        if asked.get("archived") != "true" or not 1 <= int(asked["limit"]) <= 100:
            raise ValidationError("a list of what is archived is asked for here, at most 100 at a time")
        start, most = int(asked.get("after", "0")), int(asked["limit"])
        gone = sorted(self.archived.items(), reverse=True)
        results = [
            {"id": key, "properties": {"hs_object_id": key}, "createdAt": at, "updatedAt": at, "archived": True}
            | {"archivedAt": at}
            for key, at in gone[start : start + most]
        ]
        more = {"paging": {"next": {"after": str(start + most), "link": "?"}}} if start + most < len(gone) else {}
        return httpx.Response(200, json={"results": results, **more})

    def answer(self, request: httpx.Request, path: str) -> httpx.Response:
        asked = json.loads(request.content) if request.content else {}
        match request.method, path.removeprefix("/crm/v3/").split("/"):
            case "GET", ["objects", _]:
                return self.archive(request.url.params)
            case "GET", ["properties", _]:
                return httpx.Response(200, json={"results": [{"name": name} for name in sorted(self.properties)]})
            case "POST", ["properties", _, "groups"]:
                validate(asked, HUBSPOT_SHAPES["group"])
                return httpx.Response(201, json=asked)
            case "POST", ["properties", _, "batch", "create"]:
                validate(asked, HUBSPOT_SHAPES["properties"])
                self.properties |= {one["name"] for one in asked["inputs"]}
                return httpx.Response(201, json={"status": "COMPLETE", "results": asked["inputs"]})
            case "POST", ["objects", _, "batch", "update"]:
                validate(asked, HUBSPOT_SHAPES["update"])
                return self.update(asked["inputs"])
            case "POST", ["objects", "contacts", "batch", "read"]:
                validate(asked, HUBSPOT_SHAPES["read"])
                wanted = {one["id"] for one in asked["inputs"]}
                found = [
                    {"id": key, "properties": {"email": one.get("email")}}
                    for key, one in self.records.items()
                    if one.get("email") in wanted
                ]
                return httpx.Response(
                    200 if len(found) == len(wanted) else 207, json={"status": "COMPLETE", "results": found}
                )
            case "POST", ["objects", _, "search"]:
                validate(asked, HUBSPOT_SHAPES["search"])
                return self.search(asked)
            case "POST", ["objects", _]:
                validate(asked, HUBSPOT_SHAPES["create"])
                key = str(9_000 + len(self.records))
                self.put(key, **asked["properties"])
                return httpx.Response(201, json={"id": key, "properties": self.records[key]})
        raise ValidationError("no such address")

    def update(self, inputs: list[Json]) -> httpx.Response:
        unknown = {name for one in inputs for name in one["properties"] if name not in self.properties}
        if unknown:
            raise ValidationError(f"Property values were not valid: {sorted(unknown)}")
        bad = {one["id"] for one in inputs if one["id"] in self.refused}
        absent = {one["id"] for one in inputs if one["id"] not in self.records and one["id"] not in self.merged}
        if self.whole and (bad or absent):
            status = 400 if bad else 404
            return httpx.Response(
                status, json={"status": "error", "category": "VALIDATION_ERROR", "message": "a record is wrong"}
            )
        results = []
        for one in inputs:
            key = self.merged.get(one["id"], one["id"])
            if key in self.records and one["id"] not in bad:
                self.put(key, **one["properties"])
                results.append({"id": key, "properties": one["properties"]})
        errors = [
            {"status": "error", "category": category, "message": message, "context": {"ids": sorted(ids)}}
            for category, message, ids in (
                ("VALIDATION_ERROR", "not valid", bad),
                ("OBJECT_NOT_FOUND", "Could not get some objects", absent),
            )
            if ids
        ]
        if errors:
            return httpx.Response(
                207, json={"status": "COMPLETE", "results": results, "numErrors": len(errors), "errors": errors}
            )
        return httpx.Response(200, json={"status": "COMPLETE", "results": results})

    def search(self, asked: Json) -> httpx.Response:
        (condition,) = asked["filterGroups"][0]["filters"]
        name, since = condition["propertyName"], int(condition["value"])
        found = [
            (key, one)
            for key, one in self.records.items()
            if datetime.fromisoformat(one[name]).timestamp() * 1000 >= since
        ]
        found.sort(key=lambda one: one[1][name])
        start, most = int(asked.get("after", "0")), asked["limit"]
        if start + most > self.searched:
            raise ValidationError("paging beyond the most results")
        results = [
            {
                "id": key,
                "updatedAt": one[name],
                "properties": {wanted: one.get(wanted) for wanted in asked["properties"]},
            }
            for key, one in found[start : start + most]
        ]
        more = {"paging": {"next": {"after": str(start + most)}}} if start + most < len(found) else {}
        return httpx.Response(200, json={"total": len(found), "results": results, **more})


STANDARD = {
    "Lead": {
        "Id",
        "CreatedDate",
        "LastModifiedDate",
        "SystemModstamp",
        "LeadSource",
        "Name",
        "Company",
        "Email",
        "Phone",
        "Industry",
    }
    | {"Status", "IsConverted", "ConvertedOpportunityId", "Budget__c", "IsDeleted", "MasterRecordId"},
    "Opportunity": {
        "Id",
        "CreatedDate",
        "LastModifiedDate",
        "SystemModstamp",
        "LeadSource",
        "Name",
        "IsClosed",
        "IsWon",
        "CloseDate",
    }
    | {"Amount", "OwnerId", "Budget__c", "IsDeleted"},
}


@dataclass
class SalesforceStandIn(StandIn):
    """Salesforce: Leads and Opportunities; a field is seen by whom a permission set lets see it."""

    seen: set[str] = field(default_factory=set)
    assigned: set[str] = field(default_factory=set)
    page: int = 2_000

    def put(self, remote_id: str, **fields: Any) -> None:
        now = self.now().isoformat(timespec="milliseconds").replace("+00:00", "+0000")
        there = self.records.setdefault(remote_id, {"Id": remote_id, "CreatedDate": now, "IsDeleted": False})
        there |= fields | {"LastModifiedDate": now, "SystemModstamp": now}

    def delete(self, remote_id: str, into: str | None = None) -> None:
        """Put a record into the recycle bin, alone or as it is merged into another."""
        now = self.now().isoformat(timespec="milliseconds").replace("+00:00", "+0000")
        self.records[remote_id] |= {"IsDeleted": True, "MasterRecordId": into, "SystemModstamp": now}

    def answer(self, request: httpx.Request, path: str) -> httpx.Response:
        asked = json.loads(request.content) if request.content else {}
        if path == "/services/oauth2/userinfo":
            return httpx.Response(200, json={"user_id": "005000000000001AAA"})
        match request.method, path.removeprefix("/services/data/v62.0/").split("/"):
            case "GET", ["sobjects", kind, "describe"]:
                names = STANDARD[kind] | {one.partition(".")[2] for one in self.seen if one.startswith(f"{kind}.")}
                return httpx.Response(200, json={"fields": [{"name": name} for name in sorted(names)]})
            case "POST", ["tooling", "sobjects", "CustomField"]:
                validate(asked, SALESFORCE_SHAPES["field"])
                if asked["FullName"] in self.properties:
                    return httpx.Response(400, json=[{"errorCode": "DUPLICATE_DEVELOPER_NAME", "message": "there"}])
                self.properties.add(asked["FullName"])
                return httpx.Response(201, json={"id": "00N000000000001", "success": True, "errors": []})
            case "POST", ["sobjects", "PermissionSet"]:
                validate(asked, _object({"Name": TEXT, "Label": TEXT}))
                return httpx.Response(201, json={"id": "0PS000000000001AAA", "success": True, "errors": []})
            case "POST", ["sobjects", "PermissionSetAssignment"]:
                validate(asked, _object({"AssigneeId": SF_ID, "PermissionSetId": SF_ID}))
                self.assigned.add(asked["AssigneeId"])
                return httpx.Response(201, json={"id": "0Pa000000000001AAA", "success": True, "errors": []})
            case "PATCH", ["composite", "sobjects"]:
                return self.update(asked)
            case "POST", ["composite", "sobjects"]:
                return self.create(asked)
            case "GET", ["query" | "queryAll" as path]:
                return self.query(path, request.url.params["q"], 0)
            case "GET", ["query", locator]:  # also of what queryAll has begun
                path, query, start = locator.split("-")
                return self.query(path, bytes.fromhex(query).decode(), int(start))
        raise ValidationError("no such address")

    def update(self, asked: Json) -> httpx.Response:
        validate(asked, SALESFORCE_SHAPES["update"])
        kinds = [one["attributes"]["type"] for one in asked["records"]]
        chunks = 1 + sum(one != other for one, other in pairwise(kinds))
        if chunks > 10:
            raise ValidationError("more than ten chunks")
        return httpx.Response(200, json=[self.update_one(one) for one in asked["records"]])

    def update_one(self, record: Json) -> Json:
        validate(record, SALESFORCE_SHAPES["record"])
        key, kind = record["id"], record["attributes"]["type"]
        told = {name: value for name, value in record.items() if name not in ("attributes", "id")}
        unseen = [name for name in told if f"{kind}.{name}" not in self.seen]
        if unseen:
            return self.error("INVALID_FIELD", f"No such column '{unseen[0]}' on sobject of type {kind}")
        if key in self.refused:
            return self.error("FIELD_CUSTOM_VALIDATION_EXCEPTION", "a rule of the org")
        if key not in self.records or self.records[key]["IsDeleted"]:
            return self.error("ENTITY_IS_DELETED", "entity is deleted")
        if self.records[key].get("IsConverted"):
            return self.error("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        self.put(key, **told)
        return {"id": key, "success": True, "errors": []}

    def error(self, code: str, message: str) -> Json:
        return {"success": False, "errors": [{"statusCode": code, "message": message, "fields": []}]}

    def create(self, asked: Json) -> httpx.Response:
        validate(asked, SALESFORCE_SHAPES["update"])
        results = []
        for one in asked["records"]:
            validate(one, SALESFORCE_SHAPES["new"])
            if one["attributes"]["type"] == "FieldPermissions":
                self.seen.add(one["Field"])
                results.append({"id": "01k000000000001AAA", "success": True, "errors": []})
            elif not one.get("LastName") or not one.get("Company"):
                results.append(self.error("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName, Company]"))
            else:
                key = f"00Q{len(self.records):012d}AAA"
                self.put(key, **{name: value for name, value in one.items() if name != "attributes"}, IsConverted=False)
                results.append({"id": key, "success": True, "errors": []})
        return httpx.Response(200, json=results)

    def query(self, path: str, soql: str, start: int) -> httpx.Response:
        if soql == "SELECT Id FROM PermissionSet WHERE Name = 'Glengarry_Scores'":
            found: list[Json] = [{"Id": "0PS000000000001AAA"}] if self.assigned else []
            return httpx.Response(200, json={"totalSize": len(found), "done": True, "records": found})
        by_mail = re.fullmatch(
            r"SELECT Id, Email FROM Lead WHERE Email IN \((.+)\) AND IsConverted = false ORDER BY CreatedDate", soql
        )
        if by_mail:
            mails = {one.casefold() for one in re.findall(r"'((?:[^'\\]|\\.)*)'", by_mail[1])}
            found = [
                one
                for key, one in self.records.items()
                if key.startswith("00Q") and str(one.get("Email")).casefold() in mails
            ]
            return httpx.Response(
                200, json={"done": True, "records": [{"Id": one["Id"], "Email": one["Email"]} for one in found]}
            )
        changed = re.fullmatch(
            r"SELECT ([\w, ]+) FROM (Lead|Opportunity) WHERE SystemModstamp >= (\S+Z) ORDER BY SystemModstamp, Id", soql
        )
        if changed is None:
            raise ValidationError(f"no SOQL that is known here: {soql}")
        names, kind, since = changed[1].split(", "), changed[2], datetime.fromisoformat(changed[3])
        wrong = set(names) - STANDARD[kind] - {one.partition(".")[2] for one in self.seen}
        if wrong:
            return httpx.Response(
                400, json=[{"errorCode": "INVALID_FIELD", "message": f"No such column {sorted(wrong)}"}]
            )
        prefix = "00Q" if kind == "Lead" else "006"
        found = [
            one
            for key, one in self.records.items()
            if key.startswith(prefix)
            and (path == "queryAll" or not one["IsDeleted"])
            and datetime.fromisoformat(one["SystemModstamp"].replace("+0000", "+00:00")) >= since
        ]
        found.sort(key=lambda one: (one["SystemModstamp"], one["Id"]))
        part = found[start : start + self.page]
        told = [{"attributes": {"type": kind, "url": "/"}, **{name: one.get(name) for name in names}} for one in part]
        if start + self.page >= len(found):
            return httpx.Response(200, json={"totalSize": len(found), "done": True, "records": told})
        following = f"/services/data/v62.0/query/{path}-{soql.encode().hex()}-{start + self.page}"
        return httpx.Response(200, json={"done": False, "nextRecordsUrl": following, "records": told})


COLUMNS = {
    "lead": {
        "leadid",
        "createdon",
        "modifiedon",
        "fullname",
        "companyname",
        "emailaddress1",
        "telephone1",
        "leadsourcecode",
        "ownerid",
    }
    | {"statecode", "statuscode", "new_budget", "merged", "masterid"},
    "opportunity": {
        "opportunityid",
        "createdon",
        "modifiedon",
        "name",
        "statecode",
        "statuscode",
        "actualclosedate",
        "actualvalue",
    }
    | {"ownerid", "new_budget"},
}
KINDS = {"leads": "lead", "opportunities": "opportunity"}


@dataclass
class DynamicsStandIn(StandIn):
    """Dynamics: rows of leads and opportunities by their ids, and predictive scores by what they are of."""

    predictive: dict[tuple[str, str], Json] = field(default_factory=dict)
    page: int = 5_000
    tracks: bool = True
    """Whether its tables track changes."""
    gone: list[tuple[int, str, str]] = field(default_factory=list)
    """Tick, kind and id of each row that was deleted."""
    oldest: int = 0
    """Before this tick nothing is known of changes any more."""

    def put(self, kind: str, remote_id: str, **columns: Any) -> None:
        now = self.now().isoformat(timespec="seconds").replace("+00:00", "Z")
        there = self.records.setdefault(
            remote_id, {f"{kind}id": remote_id, "kind": kind, "createdon": now, "statecode": 0}
        )
        there |= columns | {"modifiedon": now}

    def answer(self, request: httpx.Request, path: str) -> httpx.Response:
        if request.headers.get("odata-version") != "4.0":
            raise ValidationError("OData-Version must be 4.0")
        path = path.removeprefix("/api/data/v9.2/")
        defined = re.fullmatch(r"EntityDefinitions\(LogicalName='(lead|opportunity)'\)/Attributes", path)
        if defined:
            if request.method == "GET":
                names = COLUMNS[defined[1]] | {
                    name.partition(".")[2] for name in self.properties if name.startswith(defined[1])
                }
                return httpx.Response(200, json={"value": [{"LogicalName": name} for name in sorted(names)]})
            asked = json.loads(request.content)
            validate(asked, DYNAMICS_SHAPES["attribute"])
            self.properties.add(f"{defined[1]}.{asked['SchemaName'].lower()}")
            return httpx.Response(204)
        if path == "$batch":
            return self.batch(request)
        if request.method == "POST" and path == "leads":
            key = f"00000000-0000-0000-0000-{len(self.records):012d}"
            self.put("lead", key, **json.loads(request.content))
            return httpx.Response(201, json={"leadid": key})
        if request.method == "GET" and path in KINDS:
            return self.rows(request, KINDS[path])
        raise ValidationError("no such address")

    def delete(self, remote_id: str) -> None:
        self.now()
        self.gone.append((self.ticks, self.records.pop(remote_id)["kind"], remote_id))

    def tracked(self, request: httpx.Request, asked: Mapping[str, str], kind: str) -> httpx.Response:
        """Change tracking: every row and a link the first time, then by the link what was changed and deleted since."""
        if asked.keys() - {"$select", "$deltatoken", "$skiptoken"} or not self.tracks:
            return httpx.Response(400, json={"error": {"code": "0x80044352", "message": "no change tracking for this"}})
        since = int(asked.get("$deltatoken", "-1"))
        if -1 < since < self.oldest:
            return httpx.Response(400, json={"error": {"code": "0x80044352", "message": "the token is over"}})
        key, table = f"{kind}id", f"https://company.crm4.dynamics.com/api/data/v9.2/$metadata#{kind}s"
        told: list[Json] = [
            {"@odata.etag": 'W/"1"', key: one[key]} for one in self.records.values() if one["kind"] == kind
        ]
        told += [
            {"@odata.context": f"{table}/$deletedEntity", "id": one, "reason": "deleted"}
            for tick, whose, one in self.gone
            if since >= 0 and tick > since and whose == kind
        ]
        start = int(asked.get("$skiptoken", "0"))
        part, more = told[start : start + self.page], start + self.page < len(told)
        link, name = (str(start + self.page), "$skiptoken") if more else (str(self.ticks), "$deltatoken")
        address = str(request.url.copy_remove_param("$skiptoken").copy_set_param(name, link))
        member = "@odata.nextLink" if more else "@odata.deltaLink"
        return httpx.Response(200, json={"@odata.context": f"{table}/$delta", "value": part, member: address})

    def rows(self, request: httpx.Request, kind: str) -> httpx.Response:
        if "odata.track-changes" in request.headers.get("prefer", "") or "$filter" not in request.url.params:
            return self.tracked(request, dict(request.url.params), kind)
        asked = {name: told[0] for name, told in parse_qs(urlsplit(str(request.url)).query).items()}
        names = asked["$select"].split(",")
        wrong = {name.removeprefix("_").removesuffix("_value") for name in names} - COLUMNS[kind]
        if wrong:
            raise ValidationError(f"Could not find a property named {sorted(wrong)}")
        mine = [one for one in self.records.values() if one["kind"] == kind]
        since = re.fullmatch(r"modifiedon ge (\S+Z)", asked["$filter"])
        if since:
            start = datetime.fromisoformat(since[1])
            mine = [one for one in mine if datetime.fromisoformat(one["modifiedon"]) >= start]
            mine.sort(key=lambda one: (one["modifiedon"], one[f"{kind}id"]))
        else:
            mails = re.findall(r"emailaddress1 eq '((?:[^']|'')*)'", asked["$filter"])
            mine = [one for one in mine if str(one.get("emailaddress1")).casefold() in mails]
        skipped = int(asked.get("$skiptoken", "0"))
        part = mine[skipped : skipped + self.page]
        told = [{"@odata.etag": 'W/"1"', **{name: one.get(name) for name in names}} for one in part]
        more = {}
        if skipped + self.page < len(mine):
            address = request.url.copy_merge_params({"$skiptoken": str(skipped + self.page)})
            more = {"@odata.nextLink": str(address)}
        return httpx.Response(200, json={"value": told, **more})

    def batch(self, request: httpx.Request) -> httpx.Response:
        if "odata.continue-on-error" not in request.headers.get("prefer", ""):
            raise ValidationError("one bad request would end the batch")
        media_type = request.headers["content-type"]
        whole = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {media_type}\r\n\r\n".encode() + request.content)
        parts = list(whole.iter_parts())
        if len(parts) > 1_000:
            raise ValidationError("more than 1,000 requests in a batch")
        lines = []
        for part in parts:
            if part.get_content_type() != "application/http" or part["Content-Transfer-Encoding"] != "binary":
                raise ValidationError("each part must be application/http, binary")
            payload = part.get_payload(decode=True)
            status, content = self.one(bytes(payload).decode())
            body = "" if content is None else json.dumps(content)
            lines += ["--batchresponse_1", "Content-Type: application/http", "Content-Transfer-Encoding: binary", ""]
            lines += [f"HTTP/1.1 {status} said", "OData-Version: 4.0", "", body]
        lines += ["--batchresponse_1--", ""]
        headers = {"content-type": "multipart/mixed; boundary=batchresponse_1"}
        return httpx.Response(200, content="\r\n".join(lines).encode(), headers=headers)

    def one(self, text: str) -> tuple[int, Json | None]:
        head, _, body = text.partition("\r\n\r\n")
        first, *rest = head.split("\r\n")
        method, address, _ = first.split(" ")
        headers = dict(line.split(": ", 1) for line in rest)
        path, asked = urlsplit(address).path.removeprefix("/api/data/v9.2/"), json.loads(body)
        if method != "PATCH":
            raise ValidationError(f"{method} is not asked for here")
        scored = re.fullmatch(
            r"msdyn_predictivescores\(msdyn_entityid='([^']+)',msdyn_entitytype='(lead|opportunity)'\)", path
        )
        if scored:
            validate(asked, DYNAMICS_SHAPES["predictive"])
            self.predictive[scored[2], scored[1]] = asked
            return 204, None
        row = re.fullmatch(r"(leads|opportunities)\(([0-9a-f-]{36})\)", path)
        if row is None:
            raise ValidationError(f"no such address: {path}")
        kind, key = KINDS[row[1]], row[2]
        if headers.get("If-Match") != "*":
            raise ValidationError("without If-Match a row would be made")
        if key in self.refused:
            return 400, {"error": {"code": "0x80048408", "message": "a rule of the organisation"}}
        if key not in self.records or self.records[key]["kind"] != kind:
            return 404, {"error": {"code": "0x80040217", "message": f"{kind} With Id = {key} Does Not Exist"}}
        unknown = [name for name in asked if f"{kind}.{name}" not in self.properties]
        if unknown:
            return 400, {"error": {"code": "0x80048408", "message": f"no property {unknown[0]}"}}
        self.put(kind, key, **asked)
        return 204, None


@contextmanager
def served(stand_in: StandIn, before: Callable[[], None] = lambda: None) -> Iterator[str]:
    """Let a stand-in answer over the network, and yield its address; `before` is called before each answer."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            before()
            length = int(self.headers.get("content-length", "0"))
            address = f"http://{self.headers['host']}{self.path}"
            request = httpx.Request(
                self.command, address, headers=list(self.headers.items()), content=self.rfile.read(length)
            )
            try:
                answer = stand_in(request)
            except Exception:  # noqa: BLE001 - a failure that was asked for: the connection ends
                self.close_connection = True
                return
            self.send_response(answer.status_code)
            for name, told in answer.headers.items():
                if name not in ("content-length", "transfer-encoding"):
                    self.send_header(name, told)
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PATCH = _handle  # noqa: N815 - names of the standard library

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
