"""Measure the learning on histories that nobody tuned it to: `python -m bench.portfolio [--small] [--only NAME ...] [--seeds 0-9] [--json FILE]`.

Published histories (as far as they stand beside the checkout) and worlds drawn at random (`bench.worlds`). At each cut-off the served model, its
baselines and the reference, an untuned LightGBM on the plain columns, are trained with what was known then, and predict until the next.
In worlds the truth is known, so that losses are those expected under it and luck plays no part.

Each history is measured in a process of its own with one thread. With `--json` each one is written down once it is done, and what stands
there is not measured again: an interrupted run goes on.
"""

import argparse
import json
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench._figures import figures, losses
from bench._forecast import BASE_RATE, CLOSE, NOT_REFRESHED, REFERENCE, Forecast, Rows, forecast
from bench._published import PUBLISHED, REAL
from bench._targets import print_targets
from bench._task import Task
from bench.worlds import World, collapsed, drawn, on_record, world_task
from features.records.history import History, Moments

SMALL = ("olist", "maven", "world_3")
WORLD = "world_"
MAX_JUDGED = 3_000
"""Moments of a world that are judged after a cut-off: each costs an integral."""
SHOWN = (CLOSE, NOT_REFRESHED, "logistic", "scorecard", BASE_RATE, REFERENCE)


def measure(name: str, parts_alone: bool = False) -> dict[str, Any] | None:
    """Return the figures of one history, as plain values; None where its data is not here."""
    if name.startswith(WORLD):
        return measure_world(int(name.removeprefix(WORLD)), parts_alone)
    task = PUBLISHED[name]()
    if task is None:
        return None
    of = forecast(task, parts_alone=parts_alone)
    return {**_facts(name, task, of), "models": figures(of)}


def measure_world(seed: int, parts_alone: bool = False) -> dict[str, Any]:
    """Return the figures of a world under its truth, and what each model loses beyond it as a share of what the base rate does."""
    world = World(seed)
    task = world_task(world)
    of = forecast(task, partial(_some, world, task.history), parts_alone)
    truth = on_record(world, task.history, of.lead, of.as_of)
    of = of._replace(won=drawn(world, task.history, of.lead, of.as_of)[1].astype(np.float64))
    least = float(np.mean(losses(truth, truth)))
    models = figures(of, truth)
    most = models[BASE_RATE]["log_loss"] - least
    for figure in models.values():
        figure["excess"] = (figure["log_loss"] - least) / most
    return {
        **_facts(f"{WORLD}{seed}", task, of),
        "world": world.structure.summary(),
        "steady": world.structure.steady,
        "truth": {"log_loss": least, "mean": float(truth.mean()), "won": float(of.won.mean())},
        "models": models,
        "collapsed": collapsed(world, task.history, of.lead, of.as_of, of.probability[CLOSE], truth),
    }


def _facts(name: str, task: Task, of: Forecast) -> dict[str, Any]:
    return {"name": name, "leads": len(task.history.leads), "wins": of.wins, "seconds": of.seconds, "tuning": of.tuning}


def _some(world: World, history: History, moments: Moments, rows: Rows) -> Rows:
    """Return at most so many of some rows whose lead is truly open, drawn by the world's seed."""
    of = moments.take(rows)
    rows = rows[drawn(world, history, of.lead, of.as_of)[0]]
    chosen = np.random.default_rng(world.structure.seed).choice(rows, min(len(rows), MAX_JUDGED), replace=False)
    return np.sort(chosen)


def show(record: dict[str, Any]) -> None:
    """Print the figures of one history."""
    models = record["models"]
    of = models[CLOSE]
    seconds = sum(record["seconds"]) / len(record["seconds"])
    print(f"\n{record['name']}: {record['leads']:,} leads, {of['moments']:,} moments, {seconds:.1f} s a training")
    if "world" in record:
        print(record["world"])
    print(
        f"{'':28}{'log loss':>9}{'AUC':>7}{'won/exp':>8}  {'over reference':>16}{'over base rate':>18}  won/exp by age"
    )
    for name in (*SHOWN, *(name for name in models if name not in SHOWN)):
        one = models[name]
        ages = " ".join(f"{age}:{figure['ratio']:.2f}" for age, figure in one["by_age"].items())
        over = [f"{one[key][0]:+.4f} ({one[key][1]:.4f})" for key in ("over_reference", "over_base_rate")]
        excess = f"  excess {one['excess']:.0%}" if "excess" in one else ""
        print(
            f"{name:28}{one['log_loss']:9.4f}{one['auc']:7.3f}{one['ratio']:8.2f}  {over[0]:>16}{over[1]:>18}  {ages}{excess}"
        )
    for source in record.get("collapsed", ()):
        said = ", ".join(f"{age} {promised:.2f}" for age, promised in source["promised_over_truth"].items())
        print(f"promised over truth of {source['name']}, collapsed: {said}")


def table(records: list[dict[str, Any]]) -> str:
    """Return log loss and ROC AUC of a few models as a table in Markdown, a row a history."""
    rows = ["", "| history | served | not refreshed | reference | base rate |", "|---|---|---|---|---|"]
    for record in records:
        of = [record["models"][name] for name in (CLOSE, NOT_REFRESHED, REFERENCE, BASE_RATE)]
        rows.append(
            f"| {record['name']} | " + " | ".join(f"{one['log_loss']:.4f} / {one['auc']:.3f}" for one in of) + " |"
        )
    return "\n".join(rows)


def results(names: list[str], parts_alone: bool, jobs: int, file: Path | None) -> Iterator[dict[str, Any]]:
    """Yield what has been measured of these histories, and then the others as each is done."""
    lines = file.read_text(encoding="utf-8").splitlines() if file and file.exists() else []
    done = {record["name"]: record for record in map(json.loads, lines)}
    yield from (done[name] for name in names if name in done)
    os.environ["OMP_NUM_THREADS"] = "1"  # read by LightGBM when a worker loads it
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, max_tasks_per_child=1) as pool:
        running = [pool.submit(measure, name, parts_alone) for name in names if name not in done]
        for future in as_completed(running):
            record = future.result()
            if record is not None and file is not None:
                with file.open("a", encoding="utf-8") as opened:
                    opened.write(json.dumps(record) + "\n")
            if record is not None:
                yield record


def _seeds(text: str) -> list[str]:
    first, _, last = text.partition("-")
    return [f"{WORLD}{seed}" for seed in range(int(first), int(last or first) + 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a smoke run on three small histories")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help=f"of {', '.join(PUBLISHED)}, world_SEED")
    parser.add_argument("--seeds", type=_seeds, default=None, metavar="A-B", help="worlds; without --only, 0-9")
    parser.add_argument(
        "--parts", action="store_true", help="also each kind of model that the served one is made of, alone"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="one line a history; what stands in it is kept")
    parser.add_argument("--jobs", type=int, default=1, help="histories measured at the same time")
    given = parser.parse_args()
    worlds = given.seeds if given.seeds is not None else ([] if given.only else _seeds("0-9"))
    published = given.only if given.only or given.seeds is not None else list(PUBLISHED)
    names = list(SMALL) if given.small else [*published, *worlds]
    if not REAL.exists():
        print(f"No published histories in {REAL}: worlds alone are measured.")
    records = []
    for record in results(names, given.parts, given.jobs, given.json):
        show(record)
        records.append(record)
    print(table(records))
    print_targets(records)


if __name__ == "__main__":
    main()
