"""A form is read in either of a browser's two ways of writing it, and what is not one is refused."""

from __future__ import annotations

import contextlib
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.api.forms.posts import MULTIPART, URLENCODED, Pair, once_each, parse_post
from serving.schemas.problems import RefusedError

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
PAIRS = st.lists(st.tuples(WORDS, WORDS), max_size=10)
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\%'), min_size=1, max_size=20)


def multipart(pairs: list[Pair], boundary: str = "XX") -> bytes:
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in pairs]
    return ("".join(parts) + f"--{boundary}--\r\n").encode()


@given(PAIRS)
def test_urlencoded_is_read_as_it_was_written(pairs: list[Pair]) -> None:
    read = parse_post(URLENCODED, urlencode(pairs).encode(), 10)

    assert read == [pair for pair in pairs if pair != ("", "")] or read == pairs


@given(st.lists(st.tuples(NAMES, WORDS.filter(lambda text: "XX" not in text)), min_size=1, max_size=10))
def test_multipart_is_read_as_it_was_written(pairs: list[Pair]) -> None:
    assert parse_post(f"{MULTIPART}; boundary=XX", multipart(pairs), 10) == pairs


def test_multipart_of_another_writer_is_read() -> None:
    files = [("budget", (None, b"over 20,000")), ("note", (None, "grüezi".encode()))]
    request = httpx.Request("POST", "http://x", files=files)

    read = parse_post(request.headers["content-type"], request.read(), 10)
    assert read == [("budget", "over 20,000"), ("note", "grüezi")]


MANY = "&".join(f"f{number}=1" for number in range(10_000)).encode()
FILE = b'--XX\r\nContent-Disposition: form-data; name="cv"; filename="cv.pdf"\r\n\r\n%PDF\r\n--XX--\r\n'
NO_FILE = FILE.replace(b"cv.pdf", b"").replace(b"%PDF", b"")
NO_NAME = b"--XX\r\nContent-Disposition: form-data\r\n\r\n1\r\n--XX--\r\n"
NOT_TEXT = b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--XX--\r\n'


@pytest.mark.parametrize(
    ("content_type", "body", "said"),
    [
        (URLENCODED, MANY, "must have at most 200 fields"),
        (MULTIPART, b"", "must name the boundary of its parts"),
        (f"{MULTIPART}; boundary=XX", b"", "must end with the boundary"),
        (f"{MULTIPART}; boundary=YY", multipart([("a", "1")]), "must be multipart/form-data"),
        (f"{MULTIPART}; boundary=XX", multipart([("a", "1")])[:-8], "must end with the boundary"),
        (f"{MULTIPART}; boundary=XX", multipart([("a", "1")] * 201), "must have at most 200 fields"),
        (f"{MULTIPART}; boundary=XX", NO_NAME, "must be multipart/form-data"),
    ],
)
def test_what_is_no_form_is_refused(content_type: str, body: bytes, said: str) -> None:
    with pytest.raises(RefusedError, match=said) as refused:
        parse_post(content_type, body, 200)

    assert refused.value.problem.status == 400


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        (URLENCODED, b"a=M%fcller", "Müller"),
        (URLENCODED, b"a=M\xfcller", "Müller"),
        (URLENCODED, b"a=%ed%a0%80", "í\xa0€"),
        (URLENCODED, b"a=x%00y", "x\0y"),
        (URLENCODED, b"a=1%2B1+%3D+2&", "1+1 = 2"),
        (f"{MULTIPART}; boundary=XX", NOT_TEXT, "ÿ"),
        (f"{MULTIPART}; boundary=XX", FILE, "the file 'cv.pdf'"),
        (f"{MULTIPART}; boundary=XX", NO_FILE, None),
    ],
)
def test_what_no_browser_of_today_sends_is_read_as_far_as_it_goes(
    content_type: str, body: bytes, text: str | None
) -> None:
    assert [read for _, read in parse_post(content_type, body, 200)] == ([] if text is None else [text])


@given(st.binary(max_size=200), st.sampled_from([URLENCODED, f"{MULTIPART}; boundary=XX", f'{MULTIPART}; boundary="']))
def test_no_bytes_break_anything(body: bytes, content_type: str) -> None:
    for content in (body, b"--XX\r\n" + body, b"--XX\r\nContent-Disposition: form-data; name=a\r\n" + body):
        with contextlib.suppress(RefusedError):
            assert len(parse_post(content_type, content, 5)) <= 5


def test_last_of_equal_texts_counts() -> None:
    assert once_each([("a", "yes"), ("a", "no"), ("a", "yes")]) == {"a": ("no", "yes")}
