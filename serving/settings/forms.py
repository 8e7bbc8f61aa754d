"""What the settings say of web forms: from which sites, how much, how often, and where visitors go afterwards."""

from typing import Annotated

from pydantic import Field

from features.settings.frozen import Frozen, Whole

Origin = Annotated[str, Field(pattern=r"^https?://[^\s/?#@*;,'\"]+$")]
"""A site as browsers name it: scheme, host and port, without a path."""
Address = Annotated[str, Field(pattern=r"^https?://[^\s]+$")]


class FormSettings(Frozen):
    """How web forms are taken.

    Attributes
    ----------
    origins
        The sites whose pages may post; a browser names the site with each post. Without any, no page of another site may.
    thanks
        Where a visitor may be sent after a plain post. A form names one of them, or takes the first.
    honeypot
        A field that people do not see: a post that fills it in is answered like any other and is no lead. Empty for none.
    ignore
        Other fields that forms may send and that say nothing of the lead, such as a button's name.
    most_bytes, most_fields, most_seconds
        Limits of a post: its size, its fields, and how long it may take to arrive.
    most_per_address, most_per_key
        Posts a minute that a worker takes from one client address, and by one key; of JSON with many leads, each is one.
    address_header
        The header in which a proxy in front says the client's address, such as `X-Real-IP`; of several addresses in it the last
        one counts, which the proxy itself has written. Without it, whoever connects is the client.
    """

    origins: tuple[Origin, ...] = ()
    thanks: tuple[Address, ...] = ()
    honeypot: str = ""
    ignore: tuple[str, ...] = ()
    most_bytes: Annotated[Whole, Field(ge=1024)] = 64_000
    most_fields: Annotated[Whole, Field(ge=1)] = 200
    most_seconds: Annotated[float, Field(gt=0)] = 15.0
    most_per_address: Annotated[Whole, Field(ge=1)] = 30
    most_per_key: Annotated[Whole, Field(ge=1)] = 600
    address_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]*$")] = ""
