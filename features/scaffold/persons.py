"""Which leads are others once more: merged into one that stays, or of a person who has an earlier lead."""

from collections.abc import Iterator

from features.records.parsing.ids import form_id
from features.scaffold.layout import Layout
from features.scaffold.links import ANY, met
from features.scaffold.roles import MAIL, PHONE
from features.scaffold.sheets import Column
from features.scaffold.toml import line
from features.scaffold.words import ROLES, says

MERGED = (
    "merged merge master masterrecordid duplicate duplicates surviving survivor zusammengefuehrt~ dublette~ fusionne~ fusionad~ doublon "
    "mesclad~ unit samengevoegd~ объединен~"
)
"""Words of columns that hold the id of the lead that stays."""
MOSTLY = 0.9


def merged_column(layout: Layout) -> Column | None:
    """Return the column of the lead that another was merged into: by its name, and by the ids that it holds."""
    ids = layout.lead_id
    for column in layout.leads.columns:
        if (
            ids is None
            or column is ids
            or column.joined
            or not 0 < column.filled < 0.5
            or not says(column.name, MERGED)
        ):
            continue
        others = (column.texts != ids.texts)[column.texts.notna()].mean()
        if max(met(column, ids), met(column, ids, ANY)) > MOSTLY and others > MOSTLY:
            return column
    return None


def same_person(layout: Layout) -> dict[str, Column]:
    """Return the columns by which some leads are of one person, by part; none where no two leads are."""
    found: dict[str, Column] = {}
    for column in layout.leads.columns:
        part = "" if column.joined else _part_of(column)
        if part and part not in found and _repeats(column):
            found[part] = column
    return found


def person_lines(layout: Layout) -> Iterator[str]:
    """Yield the keys that say which leads are others once more."""
    if (merged := merged_column(layout)) is not None:
        yield line("merged_into", merged.name, "what happened to such a lead belongs to the one that it names?")
    if parts := same_person(layout):
        again = max(_repeats(column) for column in parts.values())
        named = {part: column.name for part, column in parts.items()}
        yield line(
            "same_person",
            named,
            f'{again:,} leads are of a person who has an earlier one; duplicates = "merge" makes one lead of them',
        )


def _part_of(column: Column) -> str:
    values = [value.strip() for value in column.values[:300]]
    if len(values) < 2 or (column.type in ("flag", "date", "number") and not says(column.name, ROLES["contact"])):
        return ""
    if sum(MAIL.search(value) is not None for value in values) > MOSTLY * len(values):
        return "mail"
    is_phone = sum(PHONE.search(value) is not None for value in values) > MOSTLY * len(values)
    return (
        "phone"
        if is_phone and says(column.name, "phone mobile telephone tel telefon~ handy~ telefono telefone celular")
        else ""
    )


def _repeats(column: Column) -> int:
    """Return how many leads have what an earlier one has, whatever its blanks and capitals."""
    told = column.texts.dropna().map(lambda text: form_id(str(text), ("strip", "casefold")))
    again = told.duplicated()
    switchboards = told.map(told.value_counts()) > 50
    return int((again & ~switchboards).sum())
