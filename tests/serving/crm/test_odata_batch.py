"""Batches of Dataverse: a body as its documentation has it, and answers read back part by part."""

from __future__ import annotations

import pytest

from serving.crm.odata_batch import BatchAnswer, BatchAnswerError, BatchPart, batch_answers, batch_body

PUBLISHED = (
    b"--batchresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    b"HTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\n\r\n\r\n"
    b"--batchresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json; odata.metadata=minimal\r\nOData-Version: 4.0\r\n\r\n"
    b'{"error":{"code":"0x80040217","message":"Does Not Exist"}}\r\n'
    b"--batchresponse_1--\r\n"
)


def test_a_body_has_a_part_for_each_request() -> None:
    parts = [BatchPart("PATCH", f"https://crm.example/leads({n})", {"name": "Köln"}, {"If-Match": "*"}) for n in (1, 2)]
    media_type, body = batch_body(parts)
    boundary = media_type.partition("boundary=")[2]
    first = body.decode().split(f"--{boundary}\r\n")[1]

    assert body.endswith(f"--{boundary}--\r\n".encode())
    assert first == (
        "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 1\r\n\r\n"
        "PATCH https://crm.example/leads(1) HTTP/1.1\r\nContent-Type: application/json; type=entry\r\nIf-Match: *\r\n\r\n"
        '{"name": "K\\u00f6ln"}\r\n'
    )


def test_answers_are_read_part_by_part() -> None:
    answers = batch_answers("multipart/mixed; boundary=batchresponse_1", PUBLISHED)
    error = {"error": {"code": "0x80040217", "message": "Does Not Exist"}}
    assert answers == [BatchAnswer(204, None), BatchAnswer(404, error)]


@pytest.mark.parametrize("media_type", ["application/json", "text/html"])
def test_what_is_no_batch_is_refused(media_type: str) -> None:
    with pytest.raises(BatchAnswerError, match="must have several parts"):
        batch_answers(media_type, b"{}")
