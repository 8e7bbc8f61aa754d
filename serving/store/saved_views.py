"""Lists of leads that people chose and named: each key has its own."""

from dataclasses import dataclass

import sqlalchemy as sa

from serving.store.tables import SAVED_VIEWS
from serving.store.transaction import Transaction

MAX_VIEWS = 20
"""Of a key."""


@dataclass(frozen=True)
class SavedView:
    """A list by its name; `query` is the part of the address that chooses its leads."""

    name: str
    query: str


class TooManyViewsError(ValueError):
    """A key has as many views as it may have."""


def views_of(connection: sa.Connection, key_id: str) -> list[SavedView]:
    """Return the views of a key, in the order in which they were first saved."""
    columns = (SAVED_VIEWS.c.name, SAVED_VIEWS.c.query)
    query = sa.select(*columns).where(SAVED_VIEWS.c.key_id == key_id).order_by(SAVED_VIEWS.c.stored_at)
    return [SavedView(**row) for row in connection.execute(query).mappings()]


def save_view(transaction: Transaction, key_id: str, view: SavedView) -> None:
    """Keep a view; one of the same name is another list from now on.

    Raises
    ------
    TooManyViewsError
        If the key has `MAX_VIEWS` others.
    """
    names = [one.name for one in views_of(transaction.connection, key_id)]
    if view.name in names:
        change = sa.update(SAVED_VIEWS).where(SAVED_VIEWS.c.key_id == key_id, SAVED_VIEWS.c.name == view.name)
        transaction.connection.execute(change.values(query=view.query))
        return
    if len(names) >= MAX_VIEWS:
        raise TooManyViewsError(f"A key may have at most {MAX_VIEWS} saved views, got one more: delete another first.")
    row = {"key_id": key_id, "name": view.name, "query": view.query, "stored_at": transaction.tick()}
    transaction.insert(SAVED_VIEWS, [row])


def delete_view(transaction: Transaction, key_id: str, name: str) -> None:
    """Delete a view; one that is not there is gone already."""
    mine = (SAVED_VIEWS.c.key_id == key_id, SAVED_VIEWS.c.name == name)
    transaction.connection.execute(sa.delete(SAVED_VIEWS).where(*mine))
