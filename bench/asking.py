"""Measure what it is worth to ask the recommended question: `python -m bench.asking [--small]`.

In simulated companies, what a lead would answer is known, and so is its true chance. Each lead of the last half year, some days old, is
asked one question and answers; the model then says where it goes, and the true chance says what that brings: what it was expected to
be worth on its route, less what it spends there at the price of the reps' time. The question is the recommended one, one at random among
the open ones (the mean of several draws), or always the same one (or none where a lead has answered that). The gain over asking nothing,
in per cent of what that brings, and by how much the recommended question is ahead in the same company, each with the standard error over
companies.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench._deciders import SETTINGS
from bench._histories import world_task
from features.records.clock import DAY, Microseconds, to_datetime
from features.records.history import History, Moments
from features.records.leads.checking import read_lead, to_history
from features.simulation import World, WorldSettings, answers_when_asked, simulate, true_probability
from features.simulation.schema import ANSWERS, CHANNELS, PROFILE
from features.simulation.tables import microseconds
from models.close.model import CloseModel
from models.decision.decider import Decider, first_channel
from models.decision.routes import worth
from training.fitting.decisions import fit_decider
from training.fitting.fit import fit_close_model
from training.samples.dataset import prepare

AGE_DAYS = 3
TESTED_DAYS = 180
DRAWS = 5
"""So often is a question drawn at random for each lead."""
RECOMMENDED = "recommended"
Record = dict[str, Any]


class Company:
    """A simulated company with a model of before the last half year, and the leads that came in then and are open some days later."""

    def __init__(self, settings: WorldSettings) -> None:
        self.world = simulate(settings)
        task = world_task(self.world)
        cutoff = task.history.known_until - TESTED_DAYS * DAY
        dataset = prepare(task.history.as_known_at(cutoff), SETTINGS)
        self.model: CloseModel = fit_close_model(dataset, SETTINGS, cutoff).model
        self.decider: Decider = fit_decider(dataset, self.model, SETTINGS).decider
        created, closes = (
            microseconds(table) for table in (self.world.leads["created_at"], self.world.latent["closes_at"])
        )
        open_then = self.world.latent["closes_at"].isna().to_numpy() | (closes > created + AGE_DAYS * DAY)
        self.rows = np.flatnonzero((created > cutoff) & open_then)
        self.as_of = created[self.rows] + AGE_DAYS * DAY
        self.records = list(_records(self.world, self.rows, self.as_of))
        self.probability = true_probability(self.world, self.rows, self.as_of)
        self.amount = self.world.latent["expected_amount"].to_numpy()[self.rows]

    def moments(self, records: Sequence[Record]) -> tuple[History, Moments]:
        """Return what records say, and their moments."""
        now = to_datetime(int(self.as_of.max()))
        return to_history(self.model.schema, [read_lead(self.model.schema, record, now) for record in records])

    def recommended(self) -> list[str | None]:
        """Return the question that each lead should be asked; None where it has answered all."""
        history, moments = self.moments(self.records)
        explained = self.model.explain(self.model.matrix(history, moments))
        decisions = self.decider.decide(self.model, history, moments, explained)
        return [decision.ask_next[0].field if decision.ask_next else None for decision in decisions]

    def open_questions(self) -> list[list[str]]:
        """Return what each lead has not answered."""
        return [
            [name for name in ANSWERS if name not in record["fields"] and name not in _answered_later(record)]
            for record in self.records
        ]

    def captured(self, questions: Sequence[str | None]) -> float:
        """Return what these leads bring in all if each is asked its question first."""
        history, moments = self.moments(self._answered(questions))
        X = self.model.matrix(history, moments)
        leads = self.decider.prospects(self.model, X, first_channel(history, moments))
        settings, prices = self.decider.settings, self.decider.prices
        said = worth(settings, prices, leads)
        true = worth(settings, prices, replace(leads, probability=self.probability, amount=self.amount))
        return float(np.where(said.rep > said.nurture, true.rep, true.nurture).sum())

    def _answered(self, questions: Sequence[str | None]) -> list[Record]:
        asked = [dict(record) for record in self.records]
        for place, name in enumerate(ANSWERS):
            members = [at for at, question in enumerate(questions) if question == name]
            for at, answer in zip(
                members, answers_when_asked(self.world, self.rows[members], name, place), strict=True
            ):
                asked[at]["events"] = [*asked[at]["events"], _event(name, asked[at]["as_of"], answer)]
        return asked


def _event(name: str, at: Any, answer: str | float | bool) -> Record:
    told = {"value": answer} if isinstance(answer, float) else {"text": _text(answer)}
    return {"kind": name, "occurred_at": at, "recorded_at": at, "actor": "lead", **told}


def _text(answer: str | bool) -> str:
    return answer if isinstance(answer, str) else "yes" if answer else "no"


def _answered_later(record: Record) -> set[str]:
    return {event["kind"] for event in record["events"]}


def _records(world: World, rows: NDArray[np.int64], as_of: Microseconds) -> Iterator[Record]:
    fields = [name for name in (*ANSWERS, *CHANNELS, *PROFILE) if name in world.leads]
    events = world.events[world.events["lead_id"].isin(set(world.leads["lead_id"].iloc[rows]))]
    by_lead = dict(list(events.groupby("lead_id")))
    for row, time in zip(rows, as_of, strict=True):
        lead = world.leads.iloc[int(row)]
        until = to_datetime(int(time))
        known = {name: _plain(lead[name]) for name in fields}
        yield {
            "lead_id": lead["lead_id"],
            "created_at": lead["created_at"].to_pydatetime(),
            "as_of": until,
            "fields": {name: value for name, value in known.items() if value is not None},
            "events": [
                {name: _plain(value) for name, value in event.items() if name not in ("lead_id", "rep_id")}
                for event in by_lead.get(lead["lead_id"], events.iloc[:0]).to_dict("records")
                if event["recorded_at"] <= until
            ],
        }


def _plain(value: Any) -> Any:
    if value is None or value != value:
        return None
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    return value.item() if hasattr(value, "item") else value


def gains(company: Company, seed: int) -> dict[str, float]:
    """Return by policy what asking adds, in per cent of what asking nothing brings."""
    rng = np.random.default_rng(seed)
    open_ = company.open_questions()
    policies: dict[str, list[list[str | None]]] = {
        RECOMMENDED: [company.recommended()],
        "at random": [[str(rng.choice(some)) if some else None for some in open_] for _ in range(DRAWS)],
        **{f"always {name}": [[name if name in some else None for some in open_]] for name in ANSWERS},
    }
    nothing = company.captured([None] * len(open_))
    return {
        name: float(np.mean([100 * (company.captured(asked) / nothing - 1) for asked in draws]))
        for name, draws in policies.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="two small companies")
    small = parser.parse_args().small
    leads, seeds = (2_000, range(2)) if small else (4_000, range(10))
    found = [gains(Company(WorldSettings(leads=leads, seed=seed)), seed) for seed in seeds]
    of = {name: np.array([one[name] for one in found]) for name in found[0]}
    for name in sorted(of, key=lambda name: -of[name].mean()):
        print(f"{name:28} {_told(of[name])}   recommended ahead by {_told(of[RECOMMENDED] - of[name])}")


def _told(percent: NDArray[np.float64]) -> str:
    return f"{percent.mean():+6.2f} % (standard error {percent.std(ddof=1) / len(percent) ** 0.5:.2f})"


if __name__ == "__main__":
    main()
