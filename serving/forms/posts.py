"""A post of a form: the names and texts that a browser sends, in either of its two ways of writing them."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header

from serving.problems import INVALID_FORM, RefusedError, refusal

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MEDIA_TYPES = (URLENCODED, MULTIPART)

Pair = tuple[str, str]


def media_type_of(content_type: str) -> str:
    """Return the media type of a header, without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def parse_post(content_type: str, body: bytes, most_fields: int) -> list[Pair]:
    """Return the names and texts of a form in the order of the post; what is not Unicode is refused, not mended.

    Raises
    ------
    RefusedError
        If it is not such a form, has too many fields, or has a file in it.

    Examples
    --------
    >>> parse_post("application/x-www-form-urlencoded", b"budget=over+20%2C000&note=", 10)
    [('budget', 'over 20,000'), ('note', '')]
    """
    parse = _parts if media_type_of(content_type) == MULTIPART else _pairs
    pairs = parse(content_type, body, most_fields)
    for name, text in pairs:
        if "\0" in name or "\0" in text:
            raise _refused(_shown(name), "must have no null character", repr(text[:80]), "leave it out")
    return pairs


def _pairs(_: str, body: bytes, most_fields: int) -> list[Pair]:
    if body.count(b"&") >= most_fields:
        raise _too_many(most_fields)
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise _not_utf8("body") from error


def _parts(content_type: str, body: bytes, most_fields: int) -> list[Pair]:
    parts = _Parts(most_fields)
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not boundary:
        rule, remedy = "must name the boundary of its parts", "let the browser set the Content-Type"
        raise _refused("Content-Type", rule, repr(content_type[:80]), remedy)
    try:
        parser = FormParser(MULTIPART, parts.add, parts.refuse_file, parts.end, boundary)
        parser.write(body)
    except (FormParserError, AssertionError) as error:
        raise _refused(
            "body", "must be multipart/form-data", str(error)[:80] or "something else", "correct it"
        ) from error
    if not parts.ended:
        got = f"an end before {boundary[:80].decode(errors='replace')!r}"
        raise _refused("body", "must end with the boundary that Content-Type names", got, "send all of it")
    return parts.pairs


@dataclass
class _Parts:
    """What a multipart body is found to hold."""

    most_fields: int

    def __post_init__(self) -> None:
        self.pairs: list[Pair] = []
        self.ended = False

    def add(self, field: Field) -> None:
        if len(self.pairs) == self.most_fields:
            raise _too_many(self.most_fields)
        name = _text("body", field.field_name or b"")
        self.pairs.append((name, _text(_shown(name), field.value or b"")))

    def refuse_file(self, file: File) -> None:
        name = _shown(_text("body", file.field_name or b""))
        remedy = "take the file out of the form: a lead holds no files"
        raise _refused(
            name, "must be text", f"the file {(file.file_name or b'')[:80].decode(errors='replace')!r}", remedy
        )

    def end(self) -> None:
        self.ended = True


def once_each(pairs: Iterable[Pair]) -> dict[str, tuple[str, ...]]:
    """Return the texts of each name in their order, each text once; those that say nothing are left out.

    Examples
    --------
    >>> once_each([("a", "no"), ("b", " "), ("a", "yes"), ("a", "no")])
    {'a': ('yes', 'no'), 'b': ()}
    """
    texts: dict[str, dict[str, None]] = {}
    for name, text in pairs:
        given = texts.setdefault(name, {})
        if text.strip():
            given.pop(text, None)
            given[text] = None
    return {name: tuple(given) for name, given in texts.items()}


def _text(place: str, given: bytes) -> str:
    try:
        return given.decode()
    except UnicodeDecodeError as error:
        raise _not_utf8(place) from error


def _shown(name: str) -> str:
    return name[:80] or "body"


def _too_many(most: int) -> RefusedError:
    return _refused("body", f"must have at most {most:,} fields", "more", "send those of the settings alone")


def _not_utf8(place: str) -> RefusedError:
    return _refused(place, "must be UTF-8", "other bytes", "let the page have <meta charset='utf-8'>")


def _refused(field: str, rule: str, value: str, remedy: str) -> RefusedError:
    return refusal(INVALID_FORM, field, rule, value, remedy)
