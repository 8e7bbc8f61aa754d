"""What a letter to a lead says that no record holds: who decides, and where one may object."""

from typing import Annotated

from pydantic import Field

from features.settings.frozen import Frozen, Whole

Sentence = Annotated[str, Field(max_length=1_000)]


class LetterSettings(Frozen):
    """Who writes to leads about their score.

    Attributes
    ----------
    sender
        The firm, as the letter is signed.
    decides
        Who decides what happens with a lead, in a sentence: "Ann Roe of our sales team looks at every estimate and decides whom we call."
    objections
        How a lead asks for a person, objects, and has data corrected or erased, in a sentence with an address.
    link_days
        So long a link to a letter may be opened.
    """

    sender: Sentence = ""
    decides: Sentence = ""
    objections: Sentence = ""
    link_days: Annotated[Whole, Field(ge=1, le=365)] = 14

    @property
    def missing(self) -> tuple[str, ...]:
        """What nobody but the firm can tell a lead, and the settings do not."""
        return tuple(name for name in ("sender", "decides", "objections") if not getattr(self, name).strip())
