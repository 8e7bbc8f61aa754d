"""Which addresses are public: those that lead to nobody's own network, in whatever way they are written."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

UNICAST = IPv6Network("2000::/3")
"""All that is given out of IPv6 for the public network."""
TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv4 addresses as networks without IPv4 write them: the last four bytes are where a call goes."""
TUNNELS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))
"""Teredo and 6to4: each holds an IPv4 address to which whoever has a tunnel sends it on."""


def is_public(address: str) -> bool:
    """Return whether an address is public, as getaddrinfo or a person writes it.

    Raises
    ------
    ValueError
        If it is no address.

    Examples
    --------
    >>> [is_public(one) for one in ("93.184.215.14", "2606:4700::6810:84e5", "64:ff9b::808:808", "::ffff:8.8.8.8")]
    [True, True, True, True]
    >>> [is_public(one) for one in ("10.0.0.7", "224.0.0.1", "fe80::1%eth0", "64:ff9b::7f00:1", "::ffff:127.0.0.1")]
    [False, False, False, False, False]
    """
    plain = ip_address(address.partition("%")[0])
    if isinstance(plain, IPv4Address):
        return _is_public_v4(plain)
    inner = plain.ipv4_mapped or (IPv4Address(plain.packed[-4:]) if plain in TRANSLATED else None)
    return _is_public_v6(plain) if inner is None else _is_public_v4(inner)


def _is_public_v4(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_public_v6(address: IPv6Address) -> bool:
    return address in UNICAST and address.is_global and not any(address in tunnel for tunnel in TUNNELS)
