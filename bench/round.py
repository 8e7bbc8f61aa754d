"""Measure a quarter's round: `python -m bench.round [--small] [--leads N ...] [--retrain]`.

How long reading, audit, features, training and backtest of a simulated company take, on the wall and in seconds of processors, and
LightGBM's share of the latter. The backtest is of the latest quarters, one after the other, so that all of LightGBM's work is seen. With `--retrain` the round is
done as `glengarry retrain` does it instead: gate, registry and report too, the backtest on all cores.
"""

import argparse
import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import lightgbm as lgb
import numpy as np

from features.leaks import audit
from features.records.checks import check_history
from features.records.history import Floats
from features.simulation import WorldSettings, simulate, world_history, world_schema, write_world
from models.registry import Registry, RegistrySettings
from training.fitting.fit import fit_close_model
from training.gate.decision import Approval
from training.judging.backtest import judge_quarters, predict_quarter, quarters
from training.judging.evaluate import evaluate
from training.rounds.retrain import RoundPlan, retrain
from training.samples.dataset import prepare
from training.settings import GateSettings, RetrainSettings, TrainingSettings

QUARTERS = 4
"""So many of the latest quarters are in the backtest."""


class Stopwatch:
    """Processors' seconds that have gone into LightGBM: all threads of it count."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return the call, timed."""

        def timed(*given: Any, **named: Any) -> Any:
            start = time.process_time()
            try:
                return call(*given, **named)
            finally:
                self.seconds += time.process_time() - start

        return timed


@contextlib.contextmanager
def lightgbm_timed() -> Iterator[Stopwatch]:
    """Yield a stopwatch that runs while trees are grown or asked."""
    watch = Stopwatch()
    grow, ask = watch.around(lgb.train), watch.around(lgb.Booster.predict)
    with patch.object(lgb, "train", grow), patch.object(lgb.Booster, "predict", ask):
        yield watch


class Round:
    """What has been made so far of a history in a folder, stage by stage."""

    def __init__(self, folder: Path, world: WorldSettings) -> None:
        self.folder, self.world = folder, world
        self.settings = TrainingSettings(settling_days=7)

    def read(self) -> None:
        """Read the files and check every row."""
        source = world_history(self.folder, self.world)
        self.checked = check_history(source, world_schema(self.world), datetime.now(UTC), self.folder)

    def audit(self) -> None:
        """Look for columns that know the outcome."""
        audit(self.checked.history)

    def features(self) -> None:
        """Lay out every moment with its features."""
        self.dataset = prepare(self.checked.history, self.settings)

    def test(self) -> None:
        """Train as of an earlier time and measure beside the baselines, with intervals."""
        evaluate(self.dataset, self.settings)

    def final_model(self) -> None:
        """Train on all that is known."""
        fit_close_model(self.dataset, self.settings, self.checked.history.known_until)

    def backtest(self) -> None:
        """Train at the start of each of the latest quarters and judge it."""
        history = self.checked.history
        latest = quarters(int(history.leads.created_at.min()), history.known_until)[-QUARTERS:]
        predictions = {one.name: predict_quarter(self.dataset, self.settings, one) for one in latest}
        judge_quarters(self.dataset, self.settings, predictions)

    def retrain(self) -> None:
        """Train, backtest, judge, promote and write the report."""
        var, history = self.folder / "var", self.checked.history
        plan = RoundPlan(self.settings, GateSettings(), RetrainSettings(), var, var / "reports", lambda _: history)
        retrain(self.checked, plan, Registry(RegistrySettings(), var), Approval(datetime.now(UTC), "bench"))

    def whole(self) -> dict[str, Callable[[], None]]:
        """Return the two stages of a round by `glengarry retrain`."""
        return {"read and check": self.read, "retrain": self.retrain}

    def stages(self) -> dict[str, Callable[[], None]]:
        """Return the stages by name, in their order."""
        return {
            "read and check": self.read,
            "leak audit": self.audit,
            "features": self.features,
            "test on later leads": self.test,
            "final model": self.final_model,
            "backtest": self.backtest,
        }


def report(leads: int, by_retrain: bool = False) -> None:
    world = WorldSettings(leads=leads)
    with tempfile.TemporaryDirectory() as folder:
        write_world(simulate(world), Path(folder))
        print(f"\n{leads:,} leads\n{'':22}{'seconds':>10}{'processors':>12}{'LightGBM':>10}", flush=True)
        whole = np.zeros(3)
        of = Round(Path(folder), world)
        for name, stage in (of.whole() if by_retrain else of.stages()).items():
            with lightgbm_timed() as watch:
                start = time.perf_counter(), time.process_time()
                stage()
                spent = np.array((time.perf_counter() - start[0], time.process_time() - start[1], watch.seconds))
            whole += spent
            print(line(name, spent), flush=True)
        print(line("whole round", whole), flush=True)


def line(name: str, spent: Floats) -> str:
    seconds, processors, grown = spent
    return f"{name:22}{seconds:10.1f}{processors:12.1f}{grown / processors:10.0%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a smoke run on 2,000 leads")
    parser.add_argument("--leads", type=int, nargs="+", default=[20_000, 200_000], help="sizes to measure")
    parser.add_argument("--retrain", action="store_true", help="the round as `glengarry retrain` does it")
    given = parser.parse_args()
    for leads in [2_000] if given.small else given.leads:
        report(leads, given.retrain)


if __name__ == "__main__":
    main()
