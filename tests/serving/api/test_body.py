"""A body is read to its limit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from serving.api.body import check_media_type
from serving.champion.champion import Champion

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON ; charset=UTF-8", 'application/json;charset="utf-8"']
)
def test_json_in_utf8_is_accepted(content_type: str) -> None:
    check_media_type(Headers({"content-type": content_type}), ("application/json",))


@pytest.mark.parametrize(
    ("content_type", "content_encoding"),
    [
        ("", ""),
        ("text/plain", ""),
        ("application/x-www-form-urlencoded", ""),
        ("application/json; charset=latin-1", ""),
        ("application/jsonp", ""),
        ("application/json", "gzip"),
    ],
)
def test_other_media_types_are_refused(client: TestClient, content_type: str, content_encoding: str) -> None:
    headers = {"content-type": content_type, "content-encoding": content_encoding}
    answer = client.post("/score", content=b"{}", headers=headers)

    assert answer.status_code == 415
    assert answer.json()["type"] == "urn:glengarry:problem:unsupported-media-type"


def test_body_of_the_limit_is_read_and_one_byte_more_is_refused(client: TestClient, champion: Champion) -> None:
    most = champion.limits.most_bytes

    assert client.post("/score", content=b'{"fields": {}}'.ljust(most), headers=JSON).status_code == 200
    answer = client.post("/score", content=b"{}".ljust(most + 1), headers=JSON)
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"
    assert answer.json()["errors"][0]["rule"] == f"must have at most {most:,} bytes"


def test_reading_stops_where_much_too_much_comes(client: TestClient, champion: Champion) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1_000):
            sent += champion.limits.most_bytes // 2
            yield b" " * (champion.limits.most_bytes // 2)

    assert client.post("/score", content=endless(), headers=JSON).status_code == 413
