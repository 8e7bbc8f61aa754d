"""Ways in which exports write times: formats, numbers that count from a day, names of months and zones, and fillers."""

import re
from collections.abc import Sequence
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.records.clock import DAY, NEVER, SECOND, Microseconds
from features.settings.source import FILLERS
from features.settings.words import tidy

EARLIEST, LATEST = 1990, 2100
"""Years in which a number that counts from a day is taken to lie when a format is looked for."""
EXCEL_START = -25_569 * DAY
"""1899-12-30, the day 0 of spreadsheets, in microseconds since 1970."""


_MONTHS = (
    ("jan", "january januar jänner jan. janvier janv janv. enero ene ene. janeiro gennaio genn gen gen. januari"),
    ("feb", "february februar feb. février févr févr. fév febrero febr fevereiro fev fev. febbraio febb februari"),
    ("mar", "march märz maerz mär mär. mrz mrz. mars marzo março mar. maart mrt mrt."),
    ("apr", "april apr. avril avr avr. abril abr abr. aprile"),
    ("may", "mai mayo maio mai. maggio mag mag. mei"),
    ("jun", "june juni jun. juin junio junho giugno giu giu."),
    ("jul", "july juli jul. juillet juil juil. julio julho luglio lug lug."),
    ("aug", "august aug. août aout agosto ago ago. augustus"),
    ("sep", "september sept sept. sep. septembre septiembre setembro set set. settembre sett"),
    ("oct", "october oktober okt okt. oct. octobre octubre outubro out out. ottobre ott ott."),
    ("nov", "november nov. novembre noviembre novembro"),
    ("dec", "december dezember dez dez. dec. décembre déc déc. diciembre dic dic. dezembro dicembre"),
)
MONTHS = {word: month for month, words in _MONTHS for word in (month, *words.split())}
"""Names of months in seven languages, by the abbreviation that strptime reads."""
_WEEKDAYS = (
    ("mon", "monday montag mo lundi lun lunes segunda segunda-feira lunedì maandag ma"),
    ("tue", "tuesday dienstag di mardi martes terça terça-feira martedì dinsdag tues"),
    ("wed", "wednesday mittwoch mi mercredi mer miércoles quarta quarta-feira mercoledì woensdag wo"),
    ("thu", "thursday donnerstag do jeudi jeu jueves quinta quinta-feira giovedì donderdag thur thurs"),
    ("fri", "friday freitag fr vendredi ven viernes sexta sexta-feira venerdì vrijdag vr"),
    ("sat", "saturday samstag sa sonnabend samedi sam sábado sabato zaterdag za"),
    ("sun", "sunday sonntag so dimanche dim domingo domenica zondag zo"),
)
WEEKDAYS = {word: day for day, words in _WEEKDAYS for word in (day, *words.split())}
ZONES = {
    **dict.fromkeys(("utc", "gmt", "z", "wet"), "+0000"),
    **dict.fromkeys(("cet", "mez", "west"), "+0100"),
    **dict.fromkeys(("cest", "mesz", "eet", "sast"), "+0200"),
    **dict.fromkeys(("eest", "msk", "idt"), "+0300"),
    **{"est": "-0500", "edt": "-0400", "cdt": "-0500", "mst": "-0700", "mdt": "-0600", "pst": "-0800", "pdt": "-0700"},
    **{
        "akst": "-0900",
        "akdt": "-0800",
        "hst": "-1000",
        "brt": "-0300",
        "art": "-0300",
        "jst": "+0900",
        "kst": "+0900",
    },
    **{
        "sgt": "+0800",
        "hkt": "+0800",
        "aest": "+1000",
        "aedt": "+1100",
        "awst": "+0800",
        "nzst": "+1200",
        "nzdt": "+1300",
    },
}
"""Zones by the letters that mean one zone alone; CST, IST and BST mean several, and are not read."""
_CLOCK = re.compile(r"(?: at| um| à| a las|,| -)?[ T]?(?=%[HI])")
"""What stands between a day and a clock."""
_WORD = re.compile(r"[^\W\d_]+(?:-feira)?\.?")


def plain_text(text: str, time_format: str) -> str:
    """Return a time with months, days and zones as strptime knows them.

    Examples
    --------
    >>> plain_text("3. März 2026", "%d. %b %Y"), plain_text("2026-03-01 10:00 CET", "%Y-%m-%d %H:%M %z")
    ('3. mar 2026', '2026-03-01 10:00 +0100')
    >>> plain_text("3/1/2026 2:30pm", "%m/%d/%Y %I:%M %p")
    '3/1/2026 2:30 pm'
    """
    text = tidy(text)
    if "%z" in time_format:
        text = _with_offset(text)
    text = re.sub(r"(?i)([ap])\.\s?m\.", r"\1m", text)
    text = re.sub(r"(?i)(?<=\d)([ap]m)\b", r" \1", text)
    if not re.search("%[aAbB]", time_format):
        return text
    return _WORD.sub(lambda found: _word(found[0], time_format), text)


def read_numbered(texts: Sequence[str], form: str) -> Microseconds:
    """Return times (n,) in microseconds that count from 1970 or, in days, from 1899-12-30; NEVER where a text is no number.

    Days of spreadsheets have no zone; the others are UTC.

    Examples
    --------
    >>> read_numbered(["1.5", "soon"], "epoch_seconds").tolist()[0], read_numbered(["46023.5"], "excel_days").tolist()
    (1500000, [1767268800000000])
    """
    numbers = pd.to_numeric(
        pd.Series([text.strip().replace(",", ".") for text in texts], dtype=object), errors="coerce"
    )
    return of_numbers(numbers.to_numpy(np.float64), form)


def of_numbers(numbers: NDArray[np.float64], form: str) -> Microseconds:
    """Return times (n,) of numbers that count from a day."""
    unit = {"epoch_seconds": SECOND, "epoch_milliseconds": 1000, "epoch_microseconds": 1, "excel_days": DAY}[form]
    start = EXCEL_START if form == "excel_days" else 0
    size = SECOND if form == "excel_days" else 1  # a day's part is exact to a second, no finer
    with np.errstate(invalid="ignore", over="ignore"):
        counted = np.round(numbers * unit / size) * size + start
        sound = np.isfinite(counted) & (np.abs(counted) < 2**62)
        return np.where(sound, np.where(sound, counted, 0).astype(np.int64), NEVER)


def filler_times(fillers: Sequence[date]) -> Microseconds:
    """Return the first moments of days that stand for "no date"."""
    return np.array([(day - date(1970, 1, 1)).days * DAY for day in fillers], np.int64)


def are_fillers(local: Microseconds, fillers: Sequence[date]) -> NDArray[np.bool_]:
    """Return which times (n,), as clocks show them, are fillers: the first moment of such a day, or all of one far ahead."""
    times = filler_times(fillers)
    last = times[times >= filler_times([date(LATEST - 1, 1, 1)])[0]]
    return np.isin(local, times) | np.isin(local // DAY * DAY, last)


def day_part(form: str) -> str:
    """Return a format of a day and a clock without the clock; empty for one that has no clock, or no day before it.

    Examples
    --------
    >>> day_part("%d.%m.%Y %H:%M"), day_part("%d/%m/%Y"), day_part("%a %b %d %H:%M:%S %z %Y")
    ('%d.%m.%Y', '', '')
    """
    found = _CLOCK.search(form)
    day, clock = (form[: found.start()], form[found.end() :]) if found else ("", "")
    return "" if "%Y" in clock else day


@cache
def _filler_texts(fillers: tuple[date, ...]) -> frozenset[str]:
    patterns = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d")
    days = (f"{day.year:04}-{day.month:02}-{day.day:02}" for day in fillers)
    texts = {
        pattern.replace("%Y", day[:4]).replace("%m", day[5:7]).replace("%d", day[8:])
        for day in days
        for pattern in patterns
    }
    return frozenset(texts | {"0000-00-00", "00000000", "00.00.0000", "00/00/0000"})


def is_filler_text(text: str, fillers: Sequence[date] = FILLERS) -> bool:
    """Return whether a text is a filler, in the usual ways of writing a day."""
    day = re.split(r"[T ]", text.strip(), maxsplit=1)[0]
    return day in _filler_texts(tuple(fillers))


def _word(word: str, time_format: str) -> str:
    folded = word.casefold()
    for names in (MONTHS, WEEKDAYS if "%a" in time_format or "%A" in time_format else {}):
        for key in (folded, folded.removesuffix(".")):
            if key in names:
                return _full(names[key], time_format)
    return word


def _full(short: str, time_format: str) -> str:
    """Return a month or a weekday in the length that a format asks for."""
    full = {"%B": _FULL_MONTHS, "%A": _FULL_DAYS}
    for mark, names in full.items():
        if mark in time_format and short in names:
            return names[short]
    return short


_FULL_MONTHS = {month: words.split()[0] for month, words in _MONTHS} | {
    "apr": "april",
    "may": "may",
    "aug": "august",
    "sep": "september",
    "nov": "november",
}
_FULL_DAYS = {day: words.split()[0] for day, words in _WEEKDAYS}


def _with_offset(text: str) -> str:
    """Return a time whose zone is written as an offset."""
    found = re.search(r"(?:\(|\b)([A-Za-z]{1,4})\)?(?=\s\d{4}$|$)", text)
    if found and (offset := ZONES.get(found[1].casefold())):
        start = text[: found.start()].rstrip()
        before = re.search(r"(?:UTC|GMT)?[+-]\d\d:?\d\d$", start)
        return start + text[found.end() :] if before else f"{start} {offset}{text[found.end() :]}"
    return re.sub(r"(?:UTC|GMT)\s?([+-]\d)", r"\1", text)
