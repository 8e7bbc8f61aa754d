"""Which stored leads belong to one account: found by an index, under a digest that says nothing of the company.

The account is a field that the model's settings name. The digest stands under the field's name, so that leads stored by other settings are
found and told anew.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from features.records.account import account_of
from features.records.parsing.values import LONGEST_TEXT, is_missing, text_of
from features.settings.schema import LeadSchema
from serving.store.reading import AT_ONCE, columns_of
from serving.store.records import Lead
from serving.store.store import Store
from serving.store.tables import LEADS, REMOVALS

DIGITS = 32
_SET = sa.update(LEADS).where(LEADS.c.lead_id == sa.bindparam("lead")).values(account=sa.bindparam("of"))


def account_key(schema: LeadSchema, fields: Mapping[str, Any]) -> str | None:
    """Return under what a lead's account is stored; None where the settings name no such field, and the bare name of the field without an account."""
    name = schema.account
    if name is None:
        return None
    value = fields.get(name)
    usable = isinstance(value, str | int | float) and not is_missing(schema.fields[name], value)
    account = account_of(text_of(value)) if usable and len(str(value)) <= LONGEST_TEXT else None  # type: ignore[arg-type]
    return f"{name}:" if account is None else f"{name}:{hashlib.sha256(account.encode()).hexdigest()[:DIGITS]}"


def leads_of_accounts(
    connection: sa.Connection, accounts: Iterable[str], by: int, most: int
) -> Mapping[str, list[Lead]]:
    """Return of each account the leads that were stored by a time (microseconds UTC), the earliest `most` of them."""
    place = sa.func.row_number().over(partition_by=LEADS.c.account, order_by=(LEADS.c.stored_at, LEADS.c.lead_id))
    keys = sorted({account for account in accounts if not account.endswith(":")})
    found: defaultdict[str, list[Lead]] = defaultdict(list)
    for at in range(0, len(keys), AT_ONCE):
        there = LEADS.c.account.in_(keys[at : at + AT_ONCE]) & (LEADS.c.stored_at <= by)
        ranked = columns_of(LEADS, Lead).add_columns(place.label("place")).where(there).subquery()
        rows = connection.execute(sa.select(ranked).where(ranked.c.place <= most)).mappings()
        for row in rows:
            lead = Lead(**{name: value for name, value in row.items() if name != "place"})
            found[str(lead.account)].append(lead)
    return found


def removals_of(connection: sa.Connection, accounts: Iterable[str]) -> dict[str, int]:
    """Return of the leads of accounts that a CRM has removed when the store was told so."""
    keys = sorted({account for account in accounts if not account.endswith(":")})
    found: dict[str, int] = {}
    for at in range(0, len(keys), AT_ONCE):
        mine = LEADS.c.account.in_(keys[at : at + AT_ONCE]) & (REMOVALS.c.lead_id == LEADS.c.lead_id)
        query = sa.select(REMOVALS.c.lead_id, REMOVALS.c.stored_at).where(mine)
        found |= {row.lead_id: row.stored_at for row in connection.execute(query)}
    return found


def fill_accounts(store: Store, schema: LeadSchema, now: int) -> int:
    """Tell the account of leads that were stored before these settings, a few at a time, and return how many there were.

    Raises
    ------
    StoreError
        If the store cannot be reached; what was told stays.
    """
    name, filled = schema.account, 0
    if name is None:
        return 0
    # What begins with the name and a colon lies between these two.
    other = sa.or_(LEADS.c.account.is_(None), LEADS.c.account < f"{name}:", LEADS.c.account >= f"{name};")
    question = sa.select(LEADS.c.lead_id, LEADS.c.fields).where(other, LEADS.c.erased_at.is_(None)).limit(AT_ONCE)
    while rows := store.ask(lambda connection: connection.execute(question).all()):
        with store.writing(now) as transaction:
            told = [{"lead": row.lead_id, "of": account_key(schema, row.fields)} for row in rows]
            transaction.connection.execute(_SET, told)
        filled += len(rows)
    return filled


def forget_account(connection: sa.Connection, account: str | None) -> str | None:
    """Return what stays of an erased lead's account: nothing, unless other leads belong to it, whose scores were made with this one."""
    if account is None or account.endswith(":"):
        return account
    shared = connection.execute(sa.select(sa.func.count()).where(LEADS.c.account == account)).scalar_one() > 1
    return account if shared else f"{account.split(':')[0]}:"
