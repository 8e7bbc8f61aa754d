"""A stand-in for Dynamics, by the shapes that it publishes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from jsonschema import ValidationError, validate

from bench.harness.crm_stand_in import Json, StandIn, object_shape

DYNAMICS_SHAPES: Mapping[str, Json] = {
    "predictive": object_shape(
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
