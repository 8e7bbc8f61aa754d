"""`glengarry init`: a commented first draft of the settings for files that nobody has described.

Everything here is a guess from names, values and what ids have in common. The draft says where it guessed and why, so
that a person who knows the company can correct it in minutes; nothing else in the house relies on it.
"""

import os
from pathlib import Path

from features.draft import blocks
from features.draft.fields import draft_fields, late_fields, left_out
from features.draft.layout import find_layout
from features.draft.sheets import load
from features.draft.toml import Names

__all__ = ["draft_settings"]


def draft_settings(folder: Path, home: Path | None = None) -> str:
    """Return the text of a `glengarry.toml` for the files of a folder: guesses, each with its reason.

    Parameters
    ----------
    home
        Folder that the settings will lie in, from which they name the files' folder; the working folder by default.

    Raises
    ------
    ReadingError
        If there is no table in the folder.
    """
    layout, names = find_layout(load(folder)), Names()
    fields = draft_fields(layout, names)
    late = list(late_fields(layout, names))
    kinds = blocks.kind_names(layout, names, fields)
    known = {field.ours for field in fields}
    parts = [
        blocks.head(layout),
        blocks.history(_seen_from(home, folder), layout),
        blocks.leads(layout, fields, left_out(layout)),
        blocks.events(layout, kinds),
        blocks.outcomes(layout, late),
        *(field.block for field in (*fields, *late)),
        *([] if fields or kinds else [[blocks.NOTHING.rstrip()]]),
        *(blocks.kind(ours) for ours in dict.fromkeys(kinds.values()) if ours not in known),
    ]
    texts = ["\n".join(part) for part in parts]
    return "\n\n".join(text for text in texts if text) + "\n"


def _seen_from(home: Path | None, folder: Path) -> str:
    return folder.as_posix() if home is None else Path(os.path.relpath(folder, home)).as_posix()
