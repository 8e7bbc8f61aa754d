"""The digest of a version: a hash of its text files, by which damage to any of them shows before the model answers."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path


class DamagedModelError(ValueError):
    """A version whose text files are not those that were registered."""


def digest_of(texts: Mapping[str, str]) -> str:
    """Return the SHA-256 of text files by name, in hexadecimal digits.

    Examples
    --------
    >>> digest_of({"a.txt": "one", "b.txt": "two"}) == digest_of({"b.txt": "two", "a.txt": "one"})
    True
    >>> digest_of({"a.txt": "one"}) == digest_of({"b.txt": "one"})
    False
    """
    return sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()


def text_of(file: Path) -> str:
    """Return the text of a file of a version, exactly as it was written.

    Raises
    ------
    DamagedModelError
        If it is no text.
    """
    try:
        return file.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise DamagedModelError(
            f"{file.name} of a version must be text in UTF-8, got byte {error.object[error.start]:#04x} at {error.start}: "
            "restore it from a backup, or promote another version."
        ) from error


def refuse_damaged(what: str, texts: Mapping[str, str], digest: str) -> None:
    """Refuse text files that have another digest than they had when they were written.

    Raises
    ------
    DamagedModelError
        Naming both digests.
    """
    current = digest_of(texts)
    if current != digest:
        raise DamagedModelError(
            f"{what} must have the digest {digest[:16]} that it was written with, got {current[:16]}: a file was damaged "
            "or changed. Restore it from a backup, or promote another version."
        )
