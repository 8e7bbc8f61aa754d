"""Which leads reps get whatever the model says: drawn by the lead's id and a secret, so that nobody can steer it, and all can check it."""

import hashlib
import hmac


def lot(secret: str, lead_id: str) -> float:
    """Return a number from 0 to 1 (left out) that is as good as random, and the same for a lead for ever.

    Examples
    --------
    >>> lot("secret", "L1") == lot("secret", "L1") != lot("other", "L1")
    True
    """
    digest = hmac.new(secret.encode(), lead_id.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def lot_share(random_share: float, reps: float, below: float) -> float:
    """Return the share of the leads below the cut that are drawn, so that they take `random_share` of what reps can work.

    Parameters
    ----------
    reps, below
        Shares of all leads: that reps can work, and that lie below the cut.

    Examples
    --------
    >>> lot_share(0.03, 0.3, 0.9)
    0.01
    """
    return min(0.5, random_share * reps / below) if below > 0 else 0.0
