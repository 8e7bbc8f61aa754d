"""Which file, sheet or member of an archive holds a table."""

import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

from features.records.reading.duck import tables_of
from features.records.reading.files import ARCHIVES, DATABASES, PART, SUFFIXES, TEXTS, WORKBOOKS, TableFile, _stem
from features.records.reading.table import ReadingError, listed, nearest
from features.records.reading.workbook import sheets_of


def tables_in(place: Path) -> list[TableFile]:
    """Return every table of a folder, or of one file that holds several."""
    if not place.is_dir():
        return [TableFile(place, part) for part in _parts(place)] or [TableFile(place)]
    files = sorted(path for path in place.iterdir() if path.name.lower().endswith(SUFFIXES) and _is_table(path))
    return [TableFile(path, part) for path in files for part in (_parts(path) or [""])]


ANY = "*"
"""Stands for any characters in the name of a table that lies in several files or sheets."""


def locate_all(place: Path, table: str) -> list[TableFile]:
    """Return the files of a table, by name: one, or all that fit a name such as `leads_*.csv`.

    Raises
    ------
    ReadingError
        As `locate` does; or if none fits.
    """
    if ANY not in table:
        return [locate(place, table)]
    there = tables_in(place)
    found = fitting(table, there)
    if not found:
        raise ReadingError(
            f"No file for table {table!r} in {place}, where {ANY} stands for any characters: there are "
            f"{listed(sorted(file.name for file in there))}. Put one there, or name another one as `table` in the settings."
        )
    return found


def fitting(pattern: str, files: Iterable[TableFile]) -> list[TableFile]:
    """Return the files that a name with `*` fits: by their name, its stem, or that of their sheet or member."""
    names = ((file, {file.name, _stem(file.name), file.part or file.name}) for file in files)
    return [file for file, known in names if any(_fits(name, pattern) for name in known)]


def _fits(name: str, pattern: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split(ANY))), name, re.DOTALL) is not None


def locate(place: Path, table: str) -> TableFile:
    """Return the file of a table that is named by file name, by stem, or as a part of a file.

    Raises
    ------
    ReadingError
        If there is no such file, or more than one, or it is empty.
    """
    if not place.is_dir():
        return _part_of(place, table)
    name, _, part = table.partition(PART)
    found = [path for suffix in ("", *SUFFIXES) if (path := place / f"{name}{suffix}").is_file()]
    if len(found) > 1 and found[0].name != name:
        names = " and ".join(path.name for path in found)
        raise ReadingError(f"Table {table!r} must be one file, got {names}: name the file in full in the settings.")
    if not found:
        return _part_anywhere(place, table)
    if found[0].stat().st_size == 0:
        raise ReadingError(f"{found[0].name} must hold a table, got an empty file (0 bytes): export it again.")
    return _part_of(found[0], part) if _parts(found[0]) or part else TableFile(found[0])


def _part_anywhere(folder: Path, table: str) -> TableFile:
    """Return the one sheet or member of this name in all files of a folder."""
    there = tables_in(folder)
    found = [file for file in there if file.part and table in (file.part, _stem(file.part))]
    if len(found) == 1:
        return found[0]
    if found:
        names = " and ".join(file.name for file in found)
        raise ReadingError(f"Table {table!r} must be one file, got {names}: name the file in full in the settings.")
    names_there = sorted(file.name for file in there)
    raise ReadingError(
        f"No file for table {table!r} in {folder}: {nearest(table, names_there)}"
        f"there are {listed(names_there)}. Put it there, or name another one as `table` in the settings."
    )


def _part_of(path: Path, part: str) -> TableFile:
    """Return a part of a file, by its name or stem; its only one if none is named."""
    if not path.is_file():
        raise ReadingError(
            f"history.source must be a folder or a database URL, got {str(path)!r}, which is no folder: or name a "
            f"workbook, an archive or a DuckDB file that is there."
        )
    part = part.removeprefix(f"{path.name}{PART}")
    parts = _parts(path)
    if not parts and part in ("", path.name, _stem(path.name)):
        return TableFile(path)
    found = [name for name in parts if part in (name, _stem(name))] if part else parts
    if part in (path.name, _stem(path.name)) and not found:
        found = parts
    if len(found) != 1:
        got = f"{len(found)} of them" if found else f"no {part!r}"
        raise ReadingError(
            f"{path.name} must be named with one table in it, such as {PART.join((path.name, (parts or ['Sheet1'])[0]))!r}, "
            f"got {got}: {nearest(part, parts)}there are {listed(parts)}."
        )
    return TableFile(path, found[0])


def _is_table(path: Path) -> bool:
    """Return whether a file is more than what an office program or a system leaves beside it."""
    return path.is_file() and not path.name.startswith((".", "~$"))


def _parts(path: Path) -> list[str]:
    """Return the tables in a file that may hold several; none for one that is a table itself."""
    suffix = path.suffix.lower()
    if suffix in WORKBOOKS:
        return sheets_of(path)
    if suffix in DATABASES:
        return tables_of(path)
    if suffix not in ARCHIVES:
        return []
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if not name.startswith("__MACOSX/")]
    except (zipfile.BadZipFile, OSError) as error:
        raise ReadingError(f"{path.name} cannot be unpacked: {error}. Copy or export it again.") from error
    readable = (*(suffix for suffix in TEXTS if not suffix.endswith(".gz")), ".parquet")
    return sorted(name for name in names if name.lower().endswith(readable) and not _stem(name).startswith("."))
