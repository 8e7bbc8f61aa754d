"""Finding the format of a column of times by all its values; where more than one is left, each is returned."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa

from features.records.clock import DAY, NEVER
from features.records.parsing.time_formats import EARLIEST, LATEST, day_part, is_filler_text, read_numbered
from features.records.parsing.times import read_local
from features.settings.source import FILLERS, ISO, NUMBERED_TIMES
from features.settings.words import tidy

ENOUGH = 0.9
"""A format fits a column if it reads this share of its values; the fillers are not counted."""

SOME = 0.15
"""A format of which a column has fewer values is none of its formats."""

LOOKED_AT = 3_000
"""Distinct values that are looked at."""

DAYS = (
    *("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"),
    *("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y"),
    *(
        "%d %b %Y",
        "%d. %b %Y",
        "%d-%b-%Y",
        "%d-%b-%y",
        "%d/%b/%Y",
        "%b %d, %Y",
        "%b %d %Y",
        "%d de %b de %Y",
        "%d %b, %Y",
    ),
    *("%a, %d %b %Y", "%a %d %b %Y", "%a, %b %d, %Y", "%a %b %d %Y", "%a, %d. %b %Y"),
)

CLOCKS = (
    *(
        "",
        " %H:%M",
        " %H:%M:%S",
        " %H:%M:%S.%f",
        " %I:%M %p",
        " %I:%M:%S %p",
        ", %H:%M",
        ", %H:%M:%S",
        ", %I:%M %p",
        ", %I:%M:%S %p",
    ),
    *(
        "T%H:%M:%S",
        " %H.%M",
        " %H.%M.%S",
        ", %H.%M",
        ", %H.%M.%S",
        " %Hh%M",
        " um %H:%M",
        " um %H:%M Uhr",
        " %H:%M Uhr",
        " à %H:%M",
        " a las %H:%M",
        " at %I:%M %p",
    ),
    *(" %H:%M %z", " %H:%M:%S %z", " %I:%M %p %z", " %I:%M:%S %p %z", " %H%M", "%H%M%S", " - %H:%M"),
)

OTHERS = (
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%d %I:%M %p",
    "%Y-%m-%d %I:%M:%S %p",
    "%Y-%m-%d, %H:%M",
    "%Y-%m-%d, %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S %z",
    "%a %b %d %H:%M:%S %z %Y",
    "%b %d, %Y %z",
)

CANDIDATES = (*OTHERS, *(day + clock for day in DAYS for clock in CLOCKS))

SHAPES = {
    **dict.fromkeys(("%d", "%m", "%H", "%I", "%M", "%S"), r"\d{1,2}"),
    **{"%Y": r"\d{4}", "%y": r"\d{2}", "%f": r"\d{1,6}", "%b": r"[^\W\d_]{3,}\.?", "%a": r"[^\W\d_]{2,}(?:-feira)?\.?"},
    **{"%p": r"[AaPp]\.?\s?[Mm]\.?", "%z": r"(?:(?:UTC|GMT)?\s?[+-]\d\d:?\d\d)?\s?\(?[A-Za-z]{0,4}\)?"},
}
"""What the parts of a format look like."""


def find_formats(texts: Iterable[str], fillers: Sequence[date] = FILLERS) -> tuple[str, ...]:
    """Return every way in which the values of a column can all be read as times, the likeliest first.

    None for a column of something else. Two ways that differ, such as day first and month first, are both returned: they
    have to be told apart by other columns, or asked.

    Examples
    --------
    >>> find_formats(["31.01.2026 10:00", "02.03.2026 09:15"]), find_formats(["03/02/2026", "04/05/2026"])
    (('%d.%m.%Y %H:%M',), ('%d/%m/%Y', '%m/%d/%Y'))
    >>> (
    ...     find_formats(["1772000000000", "1772000500000"]),
    ...     find_formats(["2026-01-05", "2026-01-06T10:00:00Z"]),
    ...     find_formats(["7", "x"]),
    ... )
    (('epoch_milliseconds',), ('iso',), ())
    """
    distinct = [text for text in dict.fromkeys(map(tidy, texts)) if text and not is_filler_text(text, fillers)]
    distinct = _spread(distinct, LOOKED_AT)
    if not distinct or not np.mean([bool(re.search(r"\d", text)) for text in distinct]) >= ENOUGH:
        return ()
    if all(re.fullmatch(r"\d+([.,]\d+)?", text) for text in distinct):
        return tuple(form for form in (*NUMBERED_TIMES, "%Y%m%d", "%Y%m%d%H%M%S") if _numbered_fits(distinct, form))
    few = _spread(distinct, 12)
    if share_read(few, ISO) >= ENOUGH and share_read(distinct, ISO) >= ENOUGH:
        return (ISO,)
    likely = (form for form in CANDIDATES if _looks_like(few, form))
    shares = {form: share_read(distinct, form) for form in likely}
    best = max(shares.values(), default=0.0)
    # A format that reads a few more tells two of another order apart: 13 is no month.
    return tuple(form for form, share in shares.items() if share >= ENOUGH and share > best - 0.005)


def _looks_like(texts: Sequence[str], form: str) -> bool:
    """Return whether most texts look like a format or what may stand beside it, and some like the format itself."""
    whole = [bool(_shape_of(form).fullmatch(text)) for text in texts]
    if np.mean(whole) <= SOME:
        return False
    beside = [_shape_of(other) for other in (day_part(form), "%Y-%m-%d", "%Y-%m-%d %H:%M:%S") if other]
    like = [fits or any(shape.fullmatch(text) for shape in beside) for fits, text in zip(whole, texts, strict=True)]
    return bool(np.mean(like) > 0.5)


@cache
def _shape_of(form: str) -> re.Pattern[str]:
    """Return what texts of a format look like: trying each format on each column would take seconds."""
    parts = re.split(r"(%[A-Za-z])", form)
    return re.compile("".join(SHAPES.get(part, re.escape(part).replace("\\ ", r"\s*")) for part in parts))


def share_read(texts: Sequence[str], form: str) -> float:
    """Return the share of texts that a format reads."""
    local, _ = read_local(pa.array(texts, pa.string()), None if form == ISO else form)
    return float((local != NEVER).mean())


def _numbered_fits(texts: Sequence[str], form: str) -> bool:
    """Return whether numbers are times of this form: whole ones of its length, in years that leads come from."""
    if form.startswith("%"):
        digits = 8 if form == "%Y%m%d" else 14  # else eight would be a day and a clock as well
        return share_read(texts, form) >= 0.99 and all(
            len(text) == digits and EARLIEST <= int(text[:4]) < LATEST for text in texts if text.isdigit()
        )
    times = read_numbered(texts, form)
    first, last = ((year - 1970) * 365.25 * DAY for year in (EARLIEST, LATEST))
    inside = (times != NEVER) & (times > first) & (times < last)
    whole = form == "excel_days" or np.mean([text.split(".")[0].isdigit() for text in texts]) == 1
    return bool(inside.mean() >= 0.99) and bool(whole)


def _spread(texts: list[str], most: int) -> list[str]:
    """Return so many texts, from the whole list."""
    return texts if len(texts) <= most else [texts[at] for at in np.linspace(0, len(texts) - 1, most).astype(int)]
