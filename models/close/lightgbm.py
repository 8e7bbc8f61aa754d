"""LightGBM without scikit-learn, which it imports for an interface of its own that nobody here uses: that takes twice as long as all the rest.

A process that has imported scikit-learn before keeps it.
"""

import sys

HIDDEN = "sklearn"

if HIDDEN in sys.modules:
    import lightgbm as lgb
else:
    sys.modules[HIDDEN] = None  # type: ignore[assignment]  # an import of it then fails, as if it were not installed
    try:
        import lightgbm as lgb
    finally:
        del sys.modules[HIDDEN]

__all__ = ["lgb"]
