"""The gate: what a challenger must show, on the same later moments as the champion, before it serves.

`contest` finds what can be judged fairly, `checks` hold it against the limits of the settings, `moves` tells whose score would change,
and `verdict` puts them together into a verdict. Nothing here changes what serves; `training.rounds.promote` does.
"""

from training.gate.check import Check, Verdict
from training.gate.comparison import Contest, Contestant, hold
from training.gate.verdict import judge

__all__ = ["Check", "Contest", "Contestant", "Verdict", "hold", "judge"]
