"""A post of a form: the names and texts that a browser sends, in either of its two ways of writing them."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header

from serving.schemas.problems import INVALID_FORM, RefusedError, refusal

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
FORM_MEDIA_TYPES = (URLENCODED, MULTIPART)

Pair = tuple[str, str]


def media_type_of(content_type: str) -> str:
    """Return the media type of a header, without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def parse_post(content_type: str, body: bytes, most_fields: int) -> list[Pair]:
    """Return the names and texts of a form in the order of the post; of a file, its name.

    What is not UTF-8 is read as browsers write it in pages that say nothing of their letters, in Windows' of Western Europe.

    Raises
    ------
    RefusedError
        If it is not such a form, or has too many fields.

    Examples
    --------
    >>> parse_post("application/x-www-form-urlencoded", b"budget=over+20%2C000&note=", 10)
    [('budget', 'over 20,000'), ('note', '')]
    """
    parse = _parts if media_type_of(content_type) == MULTIPART else _pairs
    return parse(content_type, body, most_fields)


@dataclass(frozen=True)
class Upload:
    """A file that came with a form: under which field, what it is called, and what is in it."""

    field: str
    name: str
    content: bytes


def parse_upload(content_type: str, body: bytes, most_fields: int) -> tuple[list[Pair], list[Upload]]:
    """Return the names and texts of a multipart form, and the files that came with it.

    Raises
    ------
    RefusedError
        If it is not such a form, or has too many fields.
    """
    parts = _Parts(most_fields)
    _read_parts(content_type, body, parts)
    return parts.pairs, parts.uploads


def _pairs(_: str, body: bytes, most_fields: int) -> list[Pair]:
    if body.count(b"&") >= most_fields:
        raise _too_many(most_fields)
    pairs = (part.partition(b"=") for part in body.replace(b"+", b" ").split(b"&") if part)
    return [(_text(unquote_to_bytes(name)), _text(unquote_to_bytes(text))) for name, _, text in pairs]


def _parts(content_type: str, body: bytes, most_fields: int) -> list[Pair]:
    parts = _Parts(most_fields)
    _read_parts(content_type, body, parts)
    return parts.pairs


def _read_parts(content_type: str, body: bytes, parts: "_Parts") -> None:
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not boundary:
        rule, remedy = "must name the boundary of its parts", "let the browser set the Content-Type"
        raise _refused("Content-Type", rule, repr(content_type[:80]), remedy)
    try:
        in_memory = {"MAX_MEMORY_FILE_SIZE": len(body) + 1}  # nothing of a post is written to a disk
        parser = FormParser(MULTIPART, parts.add, parts.add_file, parts.end, boundary, config=in_memory)
        parser.write(body)
    except (FormParserError, AssertionError) as error:
        raise _refused(
            "body", "must be multipart/form-data", str(error)[:80] or "something else", "correct it"
        ) from error
    if not parts.ended:
        got = f"an end before {boundary[:80].decode(errors='replace')!r}"
        raise _refused("body", "must end with the boundary that Content-Type names", got, "send all of it")


@dataclass
class _Parts:
    """What a multipart body is found to hold."""

    most_fields: int

    def __post_init__(self) -> None:
        self.pairs: list[Pair] = []
        self.uploads: list[Upload] = []
        self.ended = False

    def add(self, field: Field) -> None:
        if len(self.pairs) == self.most_fields:
            raise _too_many(self.most_fields)
        self.pairs.append((_text(field.field_name or b""), _text(field.value or b"")))

    def add_file(self, file: File) -> None:
        if len(self.pairs) == self.most_fields:
            raise _too_many(self.most_fields)
        if file.file_name:  # a browser sends one without a name where none was chosen
            self.pairs.append((_text(file.field_name or b""), f"the file {_text(file.file_name)[:80]!r}"))
            file.file_object.seek(0)
            self.uploads.append(Upload(_text(file.field_name or b""), _text(file.file_name), file.file_object.read()))

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


def _text(given: bytes) -> str:
    try:
        return given.decode()
    except UnicodeDecodeError:
        return given.decode("cp1252", errors="replace")


def _too_many(most: int) -> RefusedError:
    return _refused("body", f"must have at most {most:,} fields", "more", "send those of the settings alone")


def _refused(field: str, rule: str, value: str, remedy: str) -> RefusedError:
    return refusal(INVALID_FORM, field, rule, value, remedy)
