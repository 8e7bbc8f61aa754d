"""Links to cards: whoever holds one sees one lead, for a time."""

import hashlib
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer


@dataclass(frozen=True)
class Card:
    """What a link opens: one lead, by whose key, until when (seconds since 1970)."""

    lead_id: str
    key_id: str
    ends_at: int


class Cards:
    """Writes links to cards and reads them back; whoever changes one, or signs with another secret, opens nothing."""

    def __init__(self, secret: str) -> None:
        signing = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        self._serializer = URLSafeSerializer(secret, salt="glengarry cards", signer_kwargs=signing)

    def write(self, card: Card) -> str:
        """Return a card as it stands in a link."""
        return str(self._serializer.dumps([card.lead_id, card.key_id, card.ends_at]))

    def read(self, token: str, now: float) -> Card | None:
        """Return the card of a link; None if its time is over or it is none of ours.

        Examples
        --------
        >>> cards = Cards("a secret")
        >>> link = cards.write(Card("L1", "k", 100))
        >>> cards.read(link, 99), cards.read(link, 100), cards.read(link + "x", 99), Cards("other").read(link, 99)
        (Card(lead_id='L1', key_id='k', ends_at=100), None, None, None)
        """
        try:
            card = Card(*self._serializer.loads(token))
        except (BadData, TypeError):
            return None
        return card if now < card.ends_at else None
