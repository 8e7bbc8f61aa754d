"""Measure whether `glengarry reps` finds agents, and reps, by their planted skill: `python -m bench.agents [--small] [--seeds 200-209]`.

*Closing*: the truth of an agent is the share of the wins that it leaves of those it got, over that of all agents. Raw close ratio stands beside it. *Generating*: the truth of whoever
brought leads is the mean chance of these leads, were they worked by a mean closer, over that of all brought leads from the same sources. Of each, what is found is held
against the truth by rank, and counted how often its 90 % interval holds it; of generating also the truth of the skill, whichever leads it was lucky enough to bring: the chance of
every brought lead, weighted by how much an agent prefers it, or as it would be had this rep brought it.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from bench.sources import history_of
from features.records.history import Floats, History
from features.simulation import World, WorldSettings, simulate
from features.simulation.agents import with_agents, with_bringers
from features.simulation.truth import sigmoid
from models.accountability.reps import Worker, judge_reps
from models.accountability.settings import AccountabilitySettings

AGENTS = ("desk 1", "desk 2", "scout 0.9", "scout 1.0", "night 3")
SHARE = 0.6
"""Of the leads that an agent answers first."""
BRINGERS = ("scout 0.9", "scout 1.0", "scout 1.1", "post 2", "fair 1")
BROUGHT = 0.5
"""Of the brought leads that an agent brought."""
Row = dict[str, float]


def judged(history: History) -> pd.DataFrame:
    report = judge_reps(history, AccountabilitySettings(), history.known_until)
    return report.frame().set_index("rep_id")


def compared(
    frame: pd.DataFrame,
    actor: Worker,
    skill: str,
    truth: "pd.Series[float]",
    luckless: "pd.Series[float] | None" = None,
) -> Row:
    """Return how what was found of a skill lies to the truth, and to that without luck, among reps or agents of whom something was found."""
    named = frame[(frame["actor"] == actor) & frame[skill].notna()].drop(columns="actor").astype(float)
    inside, inside_luckless = (
        float(((named[f"{skill}_low"] <= one) & (one <= named[f"{skill}_high"])).mean())
        for one in (truth[named.index], (truth if luckless is None else luckless)[named.index])
    )
    truth = truth[named.index]
    width = np.log(named[f"{skill}_high"] / named[f"{skill}_low"])
    return {
        "judged": len(named),
        "rank correlation": spearmanr(named[skill], truth).statistic,
        "by raw close ratio": spearmanr(named["close_ratio"], truth).statistic,
        "coverage": inside,
        "coverage of the skill": inside_luckless,
        "width": float(width.mean()),
        "spread of the truth": float(np.log(truth).std()),
    }


def closing(leads: int, seed: int) -> Mapping[str, Row]:
    rng = np.random.default_rng(700 + seed)
    skills = dict(zip(AGENTS, rng.uniform(0.5, 1.0, len(AGENTS)), strict=True))
    history, kept = with_agents(history_of(WorldSettings(leads=leads, seed=seed).steady()), skills, SHARE, seed)
    frame, truth = judged(history), pd.Series(kept)
    agents = frame[(frame["actor"] == "agent") & frame["closing"].notna()]
    truth /= np.average(truth[agents.index], weights=agents["expected"].astype(float))
    return {"agents, closing": compared(frame, "agent", "closing", truth)}


def generating(leads: int, seed: int) -> Mapping[str, Row]:
    settings = WorldSettings(leads=leads, seed=seed).steady()
    world, history = simulate(settings), history_of(settings)
    margin = margin_without_closer(world, history)
    rng = np.random.default_rng(900 + seed)
    skills = dict(zip(BRINGERS, rng.uniform(-0.5, 0.5, len(BRINGERS)), strict=True))
    planted, prefers = with_bringers(history, margin, skills, BROUGHT, seed)
    frame, truth = judged(planted), true_generating(planted, sigmoid(margin))
    usual = usual_chances(history, sigmoid(margin))
    agents = {name: prefers[:, column] for column, name in enumerate(skills)}
    luckless = {name: float((weight @ sigmoid(margin)) / (weight @ usual)) for name, weight in agents.items()}
    luckless |= skills_of_reps(world, history, margin, usual)
    return {
        f"{actor}s, generating": compared(frame, actor, "generating", truth, pd.Series(luckless))
        for actor in ("rep", "agent")
    }


def skills_of_reps(world: World, history: History, margin: Floats, usual: Floats) -> dict[str, float]:
    """Return by rep the chances of all leads that reps brought, had this rep brought them, over the usual ones."""
    brought_by = history.leads.channels["brought_by"]
    skill = world.reps.set_index("rep_id")["generating"] * world.settings.signal
    brought = np.array([name is not None for name in brought_by])
    without = margin[brought] - skill[brought_by[brought]].to_numpy()
    return {str(name): float(sigmoid(without + one).sum() / usual[brought].sum()) for name, one in skill.items()}


def margin_without_closer(world: World, history: History) -> Floats:
    """Return the log-odds (n,) that each lead of a history would ever be won by a closer of no skill and no lack of it."""
    latent = world.latent.iloc[world.rows(pd.Series(history.leads.lead_id))]
    margin = np.log(latent["intent"] / (1 - latent["intent"])) - latent["closing"]
    return np.asarray(margin.to_numpy(), np.float64)


def usual_chances(history: History, chance: Floats) -> Floats:
    """Return for each lead (n,) the mean chance of the brought leads from its source; 0 where none was brought."""
    channels = history.leads.channels
    frame = pd.DataFrame({"by": channels["brought_by"], "source": channels["source"], "chance": chance})
    usual = frame["source"].map(frame[frame["by"].notna()].groupby("source")["chance"].mean())
    return usual.fillna(0.0).to_numpy(np.float64)


def true_generating(history: History, chance: Floats) -> "pd.Series[float]":
    """Return by who brought them the chances of leads over those of all brought leads from the same sources."""
    by = history.leads.channels["brought_by"]
    sums = pd.DataFrame({"chance": chance, "usual": usual_chances(history, chance)}).groupby(by).sum()
    return sums["chance"] / sums["usual"]


def found(leads: int, seeds: range, *ways: Callable[[int, int], Mapping[str, Row]]) -> Iterator[dict[str, float | str]]:
    for way in ways:
        for seed in seeds:
            for who, row in way(leads, seed).items():
                yield {"of": who, "seed": seed, **row}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="two seeds of smaller companies")
    parser.add_argument("--seeds", default="0-9", help="from which to which seed")
    arguments = parser.parse_args()
    first, last = (int(part) for part in arguments.seeds.split("-"))
    leads, seeds = (6_000, range(2)) if arguments.small else (12_000, range(first, last + 1))
    told = pd.DataFrame(found(leads, seeds, closing, generating))
    print(
        f"{leads:,} leads a company; {SHARE:.0%} answered by one of {len(AGENTS)} agents first; "
        f"{BROUGHT:.0%} of the brought ones brought by one of {len(BRINGERS)} agents\n{told.round(2).to_string(index=False)}"
    )
    judged_in_all = told.groupby("of")["judged"].sum()
    means = told.drop(columns="seed").groupby("of").mean()
    for name in ("coverage", "coverage of the skill"):
        means[name] = (told[name] * told["judged"]).groupby(told["of"]).sum() / judged_in_all
    print(f"\nMeans, coverage of all that were judged\n{means.round(3).to_string()}")


if __name__ == "__main__":
    main()
