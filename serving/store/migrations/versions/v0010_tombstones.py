"""Tombstones are hashed with a key of the store's own, say together whose they are, and stand for contacts too; past leads are found by a mark."""

import hmac
import secrets

import sqlalchemy as sa
from alembic import op

from features.records.marks import mark_of

revision = "0010"
down_revision = "0009"

AT_ONCE = 5_000
LEADS = sa.table("leads", *map(sa.column, ("lead_id", "erased_at", "mark")))


def upgrade() -> None:
    """Make the key, hash with it what was hashed without, and mark the leads."""
    op.create_table("erasure_key", sa.Column("key", sa.Text, nullable=False))
    op.add_column("erasures", sa.Column("alias", sa.Text))
    connection, key = op.get_bind(), secrets.token_hex(32)
    connection.execute(sa.text("INSERT INTO erasure_key (key) VALUES (:key)"), {"key": key})
    digests = list(connection.execute(sa.text("SELECT digest FROM erasures")).scalars())
    keyed = [
        {"old": digest, "new": hmac.new(bytes.fromhex(key), digest.encode(), "sha256").hexdigest()}
        for digest in digests
    ]
    if keyed:
        connection.execute(sa.text("UPDATE erasures SET digest = :new WHERE digest = :old"), keyed)
    op.add_column("leads", sa.Column("mark", sa.Text))
    _mark_leads(connection)
    op.create_index("leads_by_mark", "leads", ["mark"])


def _mark_leads(connection: sa.Connection) -> None:
    there = sa.select(LEADS.c.lead_id).where(LEADS.c.erased_at.is_(None)).order_by(LEADS.c.lead_id)
    set_one = sa.update(LEADS).where(LEADS.c.lead_id == sa.bindparam("lead")).values(mark=sa.bindparam("of"))
    ids = connection.execute(there.limit(AT_ONCE)).scalars().all()
    while ids:
        connection.execute(set_one, [{"lead": one, "of": mark_of(one)} for one in ids])
        ids = connection.execute(there.where(LEADS.c.lead_id > ids[-1]).limit(AT_ONCE)).scalars().all()
