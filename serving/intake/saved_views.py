"""Saving and deleting the lists of leads that people name, as calls that are written like any other."""

from collections.abc import Sequence
from dataclasses import dataclass

from serving.intake.calls import CallScores, Reply
from serving.intake.scoring import Moment
from serving.schemas.problems import INVALID_FORM, refusal
from serving.store.saved_views import MAX_VIEWS, SavedView, TooManyViewsError, delete_view, save_view
from serving.store.transaction import Transaction


@dataclass(frozen=True)
class SaveView:
    """A key saves a view, or deletes the one of a name where there is no view."""

    key_id: str
    name: str
    view: SavedView | None

    def lead_ids(self) -> set[str]:
        """Return nobody."""
        return set()

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Keep it, or delete it.

        Raises
        ------
        RefusedError
            If the key has too many.
        """
        if self.view is None:
            delete_view(transaction, self.key_id, self.name)
            return []
        try:
            save_view(transaction, self.key_id, self.view)
        except TooManyViewsError as error:
            rule = f"must be one of at most {MAX_VIEWS} views"
            raise refusal(INVALID_FORM, "name", rule, f"{MAX_VIEWS + 1}", "delete another first") from error
        return []

    def reply(self, scores: CallScores) -> Reply:  # noqa: ARG002 - as of every call
        """Return nothing: the browser is sent on."""
        return Reply(204, "")
