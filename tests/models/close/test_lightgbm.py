"""LightGBM comes without scikit-learn, which can be had all the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import sys
import numpy as np
from models.close.lightgbm import lgb
print("sklearn" in sys.modules)
from sklearn.linear_model import LogisticRegression
print(lgb.train({"verbosity": -1}, lgb.Dataset(np.zeros((50, 1)), np.zeros(50)), 1).num_trees(), LogisticRegression.__name__)
"""


@pytest.mark.parametrize(("before", "loaded"), [("", False), ("import sklearn", True)])
def test_scikit_learn_is_loaded_by_who_asks_for_it(before: str, loaded: bool) -> None:
    done = subprocess.run([sys.executable, "-c", before + CODE], capture_output=True, text=True, check=True)

    assert done.stdout.split() == [str(loaded), "1", "LogisticRegression"]
