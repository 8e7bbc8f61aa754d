"""A stand-in for HubSpot, by the shapes that it publishes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from jsonschema import ValidationError, validate

from bench.harness.crm_stand_in import DIGITS, TEXT, Json, StandIn, iso, list_shape, object_shape

HUBSPOT_SHAPES: Mapping[str, Json] = {
    # BatchInputSimplePublicObjectBatchInput: at most 100
    "update": object_shape({"inputs": list_shape(object_shape({"id": DIGITS, "properties": {"type": "object"}}), 100)}),
    "read": object_shape(
        {
            "idProperty": {"const": "email"},
            "properties": {"type": "array"},
            "inputs": list_shape(object_shape({"id": TEXT}), 100),
        }
    ),
    "create": object_shape({"properties": {"type": "object", "minProperties": 1}}),
    # PublicObjectSearchRequest: at most 200 a page, the value of a time in milliseconds
    "search": object_shape(
        {
            "filterGroups": list_shape(
                object_shape(
                    {
                        "filters": list_shape(
                            object_shape({"propertyName": TEXT, "operator": {"const": "GTE"}, "value": DIGITS}), 6
                        )
                    }
                ),
                5,
            ),
            "sorts": list_shape(
                object_shape({"propertyName": TEXT, "direction": {"enum": ["ASCENDING", "DESCENDING"]}}), 1
            ),
            "properties": {"type": "array", "items": TEXT},
            "limit": {"type": "integer", "minimum": 1, "maximum": 200},
            "after": DIGITS,
        },
        "after",
    ),
    "group": object_shape({"name": TEXT, "label": TEXT, "displayOrder": {"type": "integer"}}, "displayOrder"),
    # BatchInputPropertyCreate
    "properties": object_shape(
        {
            "inputs": list_shape(
                object_shape(
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
