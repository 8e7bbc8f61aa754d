"""Where a history lies, and how an export's tables and columns become leads, events and outcomes.

The mapping stays at home: it does not travel with a model, as its URL may hold a password.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, FiniteFloat, model_validator

from features.settings.frozen import Frozen, Name, Whole

LEAD_COLUMNS = ("lead_id", "created_at")
AGENT_COLUMNS = ("agent_name", "agent_version")
"""Which agent acted, where `actor` is agent."""
EVENT_COLUMNS = ("lead_id", "kind", "occurred_at", "recorded_at", "value", "text", "actor", "rep_id", *AGENT_COLUMNS)
OUTCOME_COLUMNS = ("lead_id", "closed_at", "recorded_at", "won", "amount", "reason", "rep_id")
SPEND_COLUMNS = ("value", "month", "amount")

ISO = "iso"
NUMBERED_TIMES = ("epoch_seconds", "epoch_milliseconds", "epoch_microseconds", "excel_days")
"""Ways of writing a time as a number: since 1970 in UTC, and days since 1899-12-30 as spreadsheets count."""
FILLERS = (
    date(1, 1, 1),
    date(1753, 1, 1),
    date(1899, 12, 30),
    date(1899, 12, 31),
    date(1900, 1, 1),
    date(1901, 1, 1),
    date(1970, 1, 1),
    *(date(2099, 12, 31), date(2999, 12, 31), date(3000, 1, 1), date(4501, 1, 1), date(9999, 12, 31)),
)
"""Days that systems write where they know none."""

FORMS = ("strip", "integer", "casefold", "salesforce", "zeros")
"""Rules by which ids that differ in writing are one, beside "prefix:..."; `features.records.parsing.ids` says what each does."""


def _known_encoding(name: str | None) -> str | None:
    try:
        "".encode(name or "utf-8")
    except (LookupError, ValueError) as error:
        raise ValueError(f"must be an encoding of texts such as 'utf-8' or 'cp1252', got {name!r}") from error
    return name


def _known_form(rule: str) -> str:
    prefix = rule.removeprefix("prefix:")
    if rule not in FORMS and (prefix == rule or not prefix):
        raise ValueError(f"must be one of {', '.join(FORMS)} or 'prefix:...', got {rule!r}")
    return rule


def _known_format(form: str) -> str:
    if "%Z" in form:
        raise ValueError(
            f"may not have %Z, got {form!r}: use %z, which reads offsets and names such as CET, or set time_zone"
        )
    if form not in (ISO, *NUMBERED_TIMES) and "%" not in form:
        raise ValueError(f"must be a strptime format or one of {', '.join((ISO, *NUMBERED_TIMES))}, got {form!r}")
    return form


def _several(given: Any) -> Any:
    """Take one table for a list of one."""
    if given is None:
        return ()
    return tuple(given) if isinstance(given, list | tuple) else (given,)


TimeFormat = Annotated[str, AfterValidator(_known_format)]
"""A strptime format, or "iso", "epoch_seconds", "epoch_milliseconds", "epoch_microseconds" or "excel_days"."""
Encoding = Annotated[str | None, AfterValidator(_known_encoding)]
Delimiter = Annotated[str | None, Field(min_length=1, max_length=1)]


class Test(Frozen):
    """What a condition asks of one column; every part that is given must hold.

    Attributes
    ----------
    values
        The cell is one of these, whatever its blanks and capitals; `true` and `false` in any of the words that a flag knows.
    filled
        Whether the cell says something at all.
    above, below
        The cell is a number beyond this one.
    """

    __test__ = False  # no test of pytest's

    values: tuple[str, ...] = ()
    filled: bool | None = None
    above: FiniteFloat | None = None
    below: FiniteFloat | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("must ask something: values, filled, above or below")
        return self


def _test(given: Any) -> Any:
    """Take a value, or a list of them, for the short form of a test."""
    if isinstance(given, Mapping | Test):
        return given
    values = given if isinstance(given, list | tuple) else [given]
    return {"values": [str(value).lower() if isinstance(value, bool) else str(value) for value in values]}


Condition: TypeAlias = dict[str, Annotated[Test, BeforeValidator(_test)]]
"""Tests by the export's column name, all of which must hold."""
Conditions: TypeAlias = tuple[Annotated[Condition, Field(min_length=1)], ...]
"""Conditions, one of which must hold."""


class JoinSource(Frozen):
    """Another table whose columns stand beside a table's own, as `NAME.column`.

    Attributes
    ----------
    table
        Its file, sheet or SQL table.
    on
        The column by which a row points to it.
    key
        The column of the other table that `on` holds. Where several of its rows have one key, the first holds.
    """

    table: str
    on: str
    key: str


class TableSource(Frozen):
    """One table of an export: where it stands, and the export's name of each of our columns.

    Attributes
    ----------
    table
        A file, by name or stem; a sheet, as `Book.xlsx#Sheet`; a member of an archive, as `export.zip#leads.csv`; or a SQL table. In
        the name of a file, sheet or member `*` stands for any characters: all that fit are one table, each with the columns that tell
        which lead a row is of, when it came in and how it ended.
    columns
        The export's name of each of our columns. Of two columns of one name, the second is called `Name (2)`.
    first_of
        Our columns that stand in several of the export's: the first that is filled holds.
    joins
        Tables that are joined by a key, by name; their columns can be named anywhere here as `NAME.column`.
    packed
        A column of a SQL table that holds JSON objects: what stands in them is read as columns too.
    time_format, time_formats
        How times are written in the table, and in single columns: by our names, or, of one that stands in several (`first_of`), by the
        export's. Without them, the history's format holds.
    decimals
        The decimal mark of our columns of numbers, where the numbers themselves do not tell it.
    leave_out_when
        Rows that are no records, such as deleted ones.
    continuation_rows
        Whether a row without an id goes on with the row above.
    line_items
        Whether several rows of one id are one record, such as a row a product: each column's first filled cell holds,
        except in `summed`, whose numbers are added up.
    header_row
        Row of the column names as a spreadsheet counts; without it, it is found.
    encoding, delimiter
        Of a text file; without them, they are found.
    """

    table: str
    columns: dict[str, str] = Field(default_factory=dict)
    first_of: dict[str, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(default_factory=dict)
    joins: dict[Name, JoinSource] = Field(default_factory=dict)
    packed: str | None = None
    time_format: TimeFormat | None = None
    time_formats: dict[str, TimeFormat] = Field(default_factory=dict)
    decimals: dict[str, Literal[".", ","]] = Field(default_factory=dict)
    leave_out_when: Conditions = ()
    continuation_rows: bool = False
    line_items: bool = False
    summed: tuple[str, ...] = ()
    header_row: Annotated[Whole, Field(ge=1)] | None = None
    encoding: Encoding = None
    delimiter: Delimiter = None

    @model_validator(mode="after")
    def _check_columns(self) -> Self:
        both = sorted(self.columns.keys() & self.first_of.keys())
        if both:
            raise ValueError(f"columns and first_of must not both name {both[0]!r}: keep one of them")
        if self.summed and not self.line_items:
            raise ValueError("summed needs line_items = true: only then are several rows one record")
        return self

    @property
    def mapped(self) -> dict[str, str]:
        """The export's name of each of our columns that the settings name; of several, "A, else B"."""
        return {**self.columns, **{ours: ", else ".join(theirs) for ours, theirs in self.first_of.items()}}


class SamePerson(Frozen):
    """The columns by which a person is known again under a second id; mail and telephone alone say so, a name with its company."""

    mail: str | None = None
    phone: str | None = None
    name: str | None = None
    company: str | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not any((self.mail, self.phone, self.name)):
            raise ValueError("must name a column of mails, telephones or names")
        return self


class LeadsSource(TableSource):
    """The leads table.

    Attributes
    ----------
    merged_into
        The column that holds the id of the lead that a row was merged into: what happened to it belongs to that one.
    same_person
        The columns that tell that two leads are one person.
    duplicates
        What becomes of a second lead of the same person: "tell" counts it, "merge" gives all that happened to the first.
    """

    merged_into: str | None = None
    same_person: SamePerson | None = None
    duplicates: Literal["tell", "merge"] = "tell"

    @model_validator(mode="after")
    def _check_persons(self) -> Self:
        if self.duplicates == "merge" and self.same_person is None:
            raise ValueError("duplicates = 'merge' needs same_person: the columns that tell who is who")
        return self


class EventsSource(TableSource):
    """An events table; `kinds` maps the export's kinds to ours, `ignore` names those to leave out.

    With `all_kind`, every row is an event of this kind, and there is no column `kind`: a table of calls alone.
    """

    kinds: dict[str, str] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    all_kind: str | None = None


class OutcomesSource(TableSource):
    """An outcomes table, and how it tells won from lost and open: by one of three ways.

    The column `won` with three lists of values; `won_when`, `lost_when` and `open_when`, conditions over any columns; or
    `all_won` or `all_lost`, where every row that is closed ended so.

    Attributes
    ----------
    won_values, lost_values, open_values
        What stands in `won`; a value outside the three is a broken row.
    won_when, lost_when, open_when
        A row of which none holds is open, or broken where `open_when` is given; one that is won and lost is broken.
    undated_lost
        A lost lead whose close has no time: "leave_out", or "export" to count it as closed when the export was made.
    currency
        That of the amounts, by its code of three letters; an amount that names another is set aside, as nothing is converted.
    """

    won_values: tuple[str, ...] = ("true", "1", "yes", "won")
    lost_values: tuple[str, ...] = ("false", "0", "no", "lost")
    open_values: tuple[str, ...] = ()
    won_when: Conditions = ()
    lost_when: Conditions = ()
    open_when: Conditions = ()
    all_won: bool = False
    all_lost: bool = False
    undated_lost: Literal["leave_out", "export"] = "leave_out"
    currency: Annotated[str, Field(pattern=r"^([A-Z]{3})?$")] = ""

    @model_validator(mode="after")
    def _check_ways(self) -> Self:
        if self.all_won + self.all_lost + self.by_conditions > 1:
            raise ValueError("must tell outcomes in one way: all_won, all_lost, or won_when with lost_when")
        return self

    @property
    def by_conditions(self) -> bool:
        """Whether conditions tell won from lost."""
        return bool(self.won_when or self.lost_when or self.open_when)

    @property
    def asked(self) -> list[str]:
        """The columns that its conditions ask."""
        conditions = (*self.won_when, *self.lost_when, *self.open_when)
        return [name for condition in conditions for name in condition]

    @property
    def has_won_column(self) -> bool:
        """Whether a column of the export is read as `won`."""
        return not (self.all_won or self.all_lost or self.by_conditions)


class SpendSource(TableSource):
    """A table of what was spent: its columns are `value` (of the channel), `month` (2026-03, or a day in it) and `amount`.

    Attributes
    ----------
    source
        A folder of files, or a SQLAlchemy URL; the history's if it is empty.
    """

    source: str = ""


class HistorySource(Frozen):
    """Where a history lies and how it is written.

    Attributes
    ----------
    source
        A folder of files, a workbook, an archive, a DuckDB file, or a SQLAlchemy URL.
    events, outcomes
        One table, or a list of tables.
    exported_at
        Until when the history is complete; without it, the time of the latest record.
    encoding, delimiter
        Of all text files; without them, they are found for each file.
    id_form
        Rules by which ids that differ in writing are one, applied in this order to every id of every table.
    fillers
        Days that stand for "no date" wherever a time is read.
    closed_before_created
        What becomes of a lead closed before it was created: "leave_out", or "at_once" to count it as closed at its creation.
    """

    source: str
    leads: LeadsSource = LeadsSource(table="leads")
    events: Annotated[tuple[EventsSource, ...], BeforeValidator(_several)] = ()
    outcomes: Annotated[tuple[OutcomesSource, ...], BeforeValidator(_several), Field(min_length=1)] = (
        OutcomesSource(table="outcomes"),
    )
    time_format: TimeFormat | None = None
    exported_at: AwareDatetime | None = None
    encoding: Encoding = None
    delimiter: Delimiter = None
    id_form: tuple[Annotated[str, AfterValidator(_known_form)], ...] = ()
    fillers: tuple[date, ...] = FILLERS
    closed_before_created: Literal["leave_out", "at_once"] = "leave_out"

    @property
    def is_database(self) -> bool:
        """Whether the source is a SQLAlchemy URL rather than a folder."""
        return "://" in self.source

    @property
    def in_one_row(self) -> bool:
        """Whether a row holds a lead and its outcome."""
        return any(outcomes.table == self.leads.table for outcomes in self.outcomes)
