"""What files, columns and values are called, by what they would be: the words that the draft guesses from."""

import re
from collections.abc import Mapping
from typing import TypeVar

Key = TypeVar("Key")

MISSING = frozenset(
    {"select", "n/a", "na", "#n/a", "null", "nan", "-", "--", "?", "unknown", "nonexistent", "(not set)"}
)
WON = frozenset(
    {"won", "win", "closed won", "closed-won", "converted", "sold", "customer", "signed", "success", "deal"}
)
LOST = frozenset({"lost", "loss", "closed lost", "dead", "rejected", "disqualified", "declined", "failed", "failure"})

TABLES = {
    "leads": "leads lead mql prospect prospects opportunity opportunities pipeline contact contacts enquiry inquiries",
    "events": "event events activity activities interaction interactions touch touches log history visits calls",
    "outcomes": "outcome outcomes deal deals closed won sale sales order orders conversion conversions result results",
}
"""What files are called."""

COLUMNS = {
    "id": "id key number no uuid guid code lead mql prospect opportunity",
    "created": "created create creation first contact engage engaged received inquiry enquiry registered signup opened submitted",
    "closed": "closed close won lost end ended outcome decided decision signed sold converted result",
    "recorded": "recorded logged entered inserted synced",
    "occurred": "occurred happened event activity time timestamp date at when",
    "kind": "kind type subtype event action activity name category",
    "won": "won win converted conversion outcome result stage status closed y target success sold bought purchased subscribed",
    "amount": "amount value revenue price total worth",
    "rep": "rep agent owner sdr sr salesperson assigned executive manager",
}
"""What the columns of the three tables are called."""

ROLES = {
    "late": "last lost reason duration closed close status stage tag tags quality score grade rating probability activity "
    "modified updated final",
    "channel": "source channel campaign origin medium landing referrer utm keyword ad advert form hear heard newsletter",
    "context": "rate index idx euribor month week weekday season quarter employed unemployment inflation economy confidence",
    "profile": "age gender sex job marital education country city state region province industry sector segment size "
    "employees title occupation company revenue housing account zip postcode language",
}
"""What fields are called, by role."""

OBSTACLES = {
    "money": "budget money price pricing cost costs spend afford default pay payment cheque loan balance credit finance quote "
    "proposal invoice",
    "hurry": "when deadline timeline timeframe urgency urgent start soon date needed call called phone callback schedule month",
    "desire": "visit visits view views page pages spent interest interested open opened download click demo webinar trial copy "
    "video brochure email emails mail",
    "trust": "previous before poutcome pdays reference references recommendation recommendations referral know relationship "
    "meeting reply replied contact partner current review campaign",
    "need": "need needs problem goal goals requirement use pain matters reason product products specialization purpose stock",
}
"""What answers and events are called, by the obstacle that they speak to."""

ACTORS = {
    "lead": "visit view reply replied open opened click clicked download form submit submitted chat inbound trial signup answer",
    "marketing": "campaign newsletter mailing ad webinar broadcast",
    "rep": "call called phone email mail meeting demo proposal quote outbound note sms",
}
"""What events are called, by who acts."""

ORDER = {
    0: "none no low small short junior",
    1: "medium middle mid average normal might",
    2: "high large big long senior",
}
"""Words for little, middling and much."""


def words(name: str) -> list[str]:
    """Return the words of a name, in lower case.

    Examples
    --------
    >>> words("firstContact_Date2")
    ['first', 'contact', 'date2']
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return [word for word in re.split(r"[^a-z0-9]+", parted.lower()) if word]


def says(name: str, listed: str) -> int:
    """Return how many words of a name are on a list."""
    return len(set(words(name)) & set(listed.split()))


def likeliest(name: str, lists: Mapping[Key, str]) -> Key | None:
    """Return the list with the most words of a name, the first of equals; None if none has any.

    Examples
    --------
    >>> likeliest("Phone call", ACTORS), likeliest("Weather", ACTORS)
    ('rep', None)
    """
    found = max(lists, key=lambda key: says(name, lists[key]))
    return found if says(name, lists[found]) else None
