"""The contest: what of challenger and champion can be judged on the same moments without either having seen what became of them.

A model that was trained on everything has no later moments, and a champion a quarter old has few: those whose horizon has passed since.
So each is judged by what it would have been at an earlier time:

- The test moments are the latest matured ones, after a cut-off, as a training takes them.
- A model trained by the cut-off is judged itself.
- For a model trained later, another is trained by its own settings as of an earlier time, so that the newer of the two ends at
  the cut-off and the other as long before it as it is older in truth. The champion keeps its age, so that what newer outcomes are worth
  is part of the contest; it is all of it where the settings are the same.
- Where the history is too short for that age, half and a quarter of it are tried, then none, which favours the champion.

Both are refreshed with each day's outcomes, as `glengarry refresh` keeps the one that serves. What is judged is then the way of training
with the age of its outcomes, not the very trees that will serve; the proofs of `checks` are made on those.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from joblib import cpu_count

from features.records.clock import to_datetime
from features.records.history import Floats, History, Moments, Strings
from models.baselines import BaseRate
from models.close.model import CloseModel
from models.decision.decider import Decider
from training.fitting.fit import TooFewOutcomesError, fit_close_model, split_time
from training.judging.evaluate import AGE, groups
from training.metrics import Trial
from training.samples.dataset import Dataset, matured_sample, prepare, training_sample
from training.samples.moments import moment_weights
from training.settings import TrainingSettings

AGES = (1.0, 0.5, 0.25)
"""Shares of a model's true age that are tried in turn before none, until the history suffices for a training."""


@dataclass(frozen=True)
class Contestant:
    """A version with its model, how it was trained, the history as its settings read it, and what decides routes, if anything does."""

    version: str
    model: CloseModel
    settings: TrainingSettings
    history: History
    decider: Decider | None = None


@dataclass(frozen=True)
class Contest:
    """Both models on the same moments, n rows.

    Attributes
    ----------
    challenger, champion
        Probabilities (n,); the champion's are the base rate where there is none.
    groups
        By grouping, such as `channel:source`, the name (n,) of each moment's group.
    against
        What the challenger was held against: the champion or the base rate.
    terms
        On what they were judged, and in which form each, in words.
    """

    trial: Trial
    challenger: Floats
    champion: Floats
    groups: Mapping[str, Strings]
    against: str
    terms: tuple[str, ...]


def hold(challenger: Contestant, champion: Contestant | None) -> Contest:
    """Let challenger and champion predict the same later matured moments.

    Raises
    ------
    TooFewOutcomesError
        If too little is known for either to be trained as of the cut-off.
    ValueError
        If no lead is in both histories.
    """
    history, settings = challenger.history, challenger.settings
    dataset = prepare(history, settings)
    cutoff = split_time(dataset, settings, history.known_until, settings.test_share)
    test = matured_sample(dataset, settings, cutoff, history.known_until)
    moments = dataset.moments.take(test.rows)
    if champion is not None:
        both = np.isin(history.leads.lead_id[moments.lead].astype(str), champion.history.leads.lead_id.astype(str))
        test, moments = test.take(both), moments.take(both)
    rows, y = test.rows, test.y
    trial = Trial.of(y, moment_weights(moments), moments.lead)
    newest = max(one.model.trained_until for one in (challenger, champion) if one)
    ours = _stand(challenger, cutoff, newest, dataset)
    terms = [
        f"{len(rows):,} moments of {trial.leads:,} leads after {_day(cutoff)} whose horizon has passed; {trial.won:,} were won.",
        _told("challenger", challenger, ours),
    ]
    if champion is None:
        sample = training_sample(dataset, settings, cutoff)
        theirs = BaseRate(sample.y, sample.weight).predict(dataset.X[rows])
        terms.append("There is no champion: the base rate until then stands in for it.")
    else:
        model = _stand(champion, cutoff, newest, dataset if _alike(challenger, champion) else None)
        theirs = _predict(model, champion.history, moved(moments, history, champion.history))
        terms.append(_told("champion", champion, model))
    against = "champion" if champion else "base rate"
    probability, parts = _predict(ours, history, moments), groups(dataset, rows)
    terms.append(f"Won over expected of the challenger by age: {_by_age(parts[AGE], y, probability)}.")
    return Contest(trial, probability, theirs, parts, against, tuple(terms))


def _by_age(age: Strings, y: Floats, probability: Floats) -> str:
    """Return won over expected of each age, in words."""
    names, place = np.unique(age.astype(str), return_inverse=True)
    ratio = np.bincount(place, y) / np.bincount(place, probability)
    return ", ".join(f"{name} {value:.2f}" for name, value in zip(names.tolist(), ratio.tolist(), strict=True))


def _stand(contestant: Contestant, cutoff: int, newest: int, dataset: Dataset | None) -> CloseModel:
    """Return the model itself if it has not seen the test moments, else one that is to the cut-off what it is to the newest."""
    model, settings = contestant.model, contestant.settings
    if model.trained_until <= cutoff:
        return model
    dataset = dataset or prepare(contestant.history, settings)
    for share in AGES:
        with suppress(TooFewOutcomesError):
            stand_in = fit_close_model(dataset, settings, cutoff - int(share * (newest - model.trained_until))).model
            if not stand_in.certainty.abstention:
                return replace(stand_in, certainty=model.certainty)
    return fit_close_model(dataset, settings, cutoff).model


def _alike(one: Contestant, other: Contestant) -> bool:
    """Return whether a dataset of the one serves the other."""
    return one.history is other.history and one.settings.ages_days == other.settings.ages_days


def _predict(model: CloseModel, history: History, moments: Moments) -> Floats:
    """Return the probabilities (n,) that the model would have given, refreshed every day."""
    refreshed = model.refreshed(history)
    X = refreshed.learned_matrix(history, moments, cpu_count())
    return refreshed.predict(refreshed.with_offset(X, history, moments))


def moved(moments: Moments, here: History, there: History) -> Moments:
    """Return the same moments by the positions of their leads in another history, which must have them all."""
    if here is there:
        return moments
    position = {lead_id: row for row, lead_id in enumerate(there.leads.lead_id)}
    lead = [position[lead_id] for lead_id in here.leads.lead_id[moments.lead]]
    return Moments(np.array(lead, np.int32), moments.as_of)


def _told(role: str, contestant: Contestant, stood: CloseModel) -> str:
    who = f"The {role}, version {contestant.version},"
    if stood is contestant.model:
        return f"{who} was trained until {_day(stood.trained_until)} and is judged itself."
    return (
        f"{who} was trained until {_day(contestant.model.trained_until)} and has seen some of them: "
        f"a model trained by its settings until {_day(stood.trained_until)} is judged in its place."
    )


def _day(time: int) -> str:
    return f"{to_datetime(time):%Y-%m-%d}"
