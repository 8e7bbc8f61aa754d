"""A stand-in for Salesforce, by the shapes that it publishes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

import httpx
from jsonschema import ValidationError, validate

from bench.harness.crm_stand_in import TEXT, Json, StandIn, object_shape

SF_ID: Json = {"type": "string", "pattern": "^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$"}
SALESFORCE_SHAPES: Mapping[str, Json] = {
    "update": {
        **object_shape(
            {"allOrNone": {"type": "boolean"}, "records": {"type": "array", "maxItems": 200, "minItems": 1}}
        ),
        "$defs": {},
    },
    "record": {
        "type": "object",
        "required": ["attributes", "id"],
        "properties": {"attributes": object_shape({"type": TEXT}), "id": SF_ID},
    },
    "new": {
        "type": "object",
        "required": ["attributes"],
        "properties": {"attributes": object_shape({"type": TEXT}), "id": False},
    },
    "field": object_shape(
        {
            "FullName": {"type": "string", "pattern": r"^(Lead|Opportunity)\.[A-Za-z]\w*__c$"},
            "Metadata": object_shape(
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
                validate(asked, object_shape({"Name": TEXT, "Label": TEXT}))
                return httpx.Response(201, json={"id": "0PS000000000001AAA", "success": True, "errors": []})
            case "POST", ["sobjects", "PermissionSetAssignment"]:
                validate(asked, object_shape({"AssigneeId": SF_ID, "PermissionSetId": SF_ID}))
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
