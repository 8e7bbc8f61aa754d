"""What words tell of a lead, learned as of the past: a sparse linear model over words and pairs of words, anew every 30 days.

A text is an answer, or the last messages of a kind, as a moment knows them; each moment at which it changes, teaches.
A reading is learned from leads whose time to be won had passed by its day, with what was recorded by then, and serves moments from its day on. So no
lead's outcome ever tells what its own words are worth, and a record that comes later changes no earlier moment: the readings are books like those
of the channels, and obey the same law. A reading counts once the ones before it have foretold later leads better than the base rate did.

A word has to stand in 20 leads. Words that are written with a capital in the middle of sentences are names, where most words are not written so, and
are left out with their pairs; in languages that write every noun so, that says nothing. Whatever the language, a word is left out that stands in the
contact fields or the account of a tenth as many leads as wrote it.

Source: least absolute shrinkage, Tibshirani 1996, with columns scaled to the same noise and the universal threshold of Donoho & Johnstone 1994.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit

from features.matrix.block import blocks
from features.matrix.terms import CAPITAL, START, name_words, terms, words
from features.matrix.written import known_texts
from features.records.clock import DAY
from features.records.history import Floats, History, Moments, Outcomes, Strings

STEP = 30 * DAY
"""Readings are learned on days that do not depend on the history: every 30 days since 1970."""
MIN_LEADS = 20
"""A word that fewer leads wrote might name one of them, and tells nothing."""
MIN_OUTCOMES = 50
"""Won leads, and others, that a reading needs."""
MAX_LEADS = 20_000
"""Latest leads that a reading is learned from."""
MAX_TERMS = 5_000
NAME_SHARE, NOUN_SHARE = 0.8, 0.2
"""A word is a name if so much of its middles of sentences have a capital, where no more than so much of all words' have."""
BEARER_SHARE = 0.1
"""A word is a name if of the leads that wrote something at least so many have it in their contact fields or account as wrote it, times this."""
SHRINKAGE = 0.7
"""Part of the universal threshold: what is let in by chance is judged by later leads."""
STEPS = 150
STANDARD_ERRORS = 2.0
MILLIONTHS = 1_000_000


@dataclass(frozen=True)
class TermWeights:
    """What terms tell, learned as of a day.

    Attributes
    ----------
    start
        Microseconds UTC: moments from then on are read so.
    weights
        By term, log-odds in millionths: whole numbers, so that sums are the same in any order. Empty where words tell nothing.
    """

    start: int
    weights: Mapping[str, int]

    def told(self, text: str) -> dict[str, int]:
        """Return the terms of a text that tell something, with their weights."""
        if not self.weights:
            return {}
        return {term: self.weights[term] for term in sorted(terms(text) & self.weights.keys())}


@dataclass(frozen=True)
class Readings:
    """The readings of one field, the earliest first."""

    readings: Sequence[TermWeights] = ()

    def at(self, as_of: int) -> TermWeights | None:
        """Return the reading that serves a moment; None before the first."""
        place = int(np.searchsorted([one.start for one in self.readings], as_of, side="right")) - 1
        return self.readings[place] if place >= 0 else None

    def to_json(self) -> list[dict[str, Any]]:
        """Return plain values."""
        return [{"start": one.start, "weights": dict(one.weights)} for one in self.readings]

    @classmethod
    def from_json(cls, content: Sequence[Mapping[str, Any]]) -> "Readings":
        """Read what `to_json` wrote."""
        return cls(tuple(TermWeights(one["start"], one["weights"]) for one in content))


@dataclass(frozen=True)
class _Documents:
    """What moments know of a text, at which it was another before: by time and lead, n rows."""

    lead: NDArray[np.int64]
    at: NDArray[np.int64]
    text: Strings
    until: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.lead)


@dataclass(frozen=True)
class _Corpus:
    """Documents as numbers, n rows and v terms: whose they are, which holds which (n, v), how often each stands with and without a capital, and which their leads bear as names."""

    lead: NDArray[np.int64]
    at: NDArray[np.int64]
    terms: Sequence[str]
    holds: sparse.csr_matrix
    capitals: sparse.csr_matrix
    lowers: sparse.csr_matrix
    bears: sparse.csr_matrix

    def leads_with(self, what: sparse.csr_matrix, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return of how many leads (v,) some of these rows have each term."""
        _, number = np.unique(self.lead[rows], return_inverse=True)
        of_lead = sparse.csr_matrix((np.ones(len(rows)), (number, np.arange(len(rows)))))
        leads: NDArray[np.int64] = np.asarray(((of_lead @ what[rows]) > 0).sum(axis=0), np.int64).ravel()
        return leads


def read_texts(history: History) -> dict[str, Readings]:
    """Learn the readings of everything that is read word by word, as far as the history reaches."""
    return {name: _readings(history, name) for name in history.schema.messages}


def _readings(history: History, name: str) -> Readings:
    """Learn the readings of one text."""
    documents = _documents(history, name)
    if len(documents) < 2 * MIN_OUTCOMES:
        return Readings()
    corpus = _corpus(documents, history.leads.names)
    starts = range(-(-int(documents.at[0]) // STEP) * STEP, history.known_until + 1, STEP)
    readings: list[TermWeights] = []
    outcomes = history.outcomes_in_order()
    foretold = np.full(len(documents), np.nan)
    base = np.full(len(documents), np.nan)
    for start in starts:
        won, over = _ends_by(outcomes.take(outcomes.recorded_at <= start), history, documents)
        there = (documents.until <= start) & ~over
        matured = np.flatnonzero(there)[-MAX_LEADS:]
        fit = _fit(corpus, matured, won[matured])
        judged = np.flatnonzero(there & ~np.isnan(foretold))
        counts = fit is not None and _has_told(foretold[judged], base[judged], won[judged], documents.lead[judged])
        readings.append(TermWeights(start, fit.weights if fit is not None and counts else {}))
        later = np.flatnonzero((documents.at >= start) & (documents.at < start + STEP))
        if fit is not None and len(later):
            foretold[later], base[later] = fit.margin(corpus, later), fit.base
    return Readings(tuple(readings))


def _documents(history: History, name: str) -> _Documents:
    """Return what was written, at the moments at which it became known."""
    created, events = history.leads.created_at, history.events
    mine = np.flatnonzero(events.kind == history.schema.event_codes[name])
    first = np.arange(len(created) if name in history.leads.texts else 0)
    lead = np.concatenate((first, events.lead[mine].astype(np.int64)))
    at = np.maximum(np.concatenate((created[first], events.recorded_at[mine])), created[lead])
    order = np.lexsort((at, lead))
    order = order[np.flatnonzero(np.diff(lead[order], prepend=-1) | np.diff(at[order], prepend=-1))]
    moments = Moments(lead[order].astype(np.int32), at[order])
    text: Strings = np.full(len(moments), None, np.object_)
    for block in blocks(history, moments):
        text[block.rows] = known_texts(block, name)
    wrote = np.flatnonzero([one is not None for one in text])
    ids = history.leads.lead_id[moments.lead[wrote]].astype(str)
    wrote = wrote[np.lexsort((ids, moments.as_of[wrote]))]
    moments = moments.take(wrote)
    return _Documents(
        moments.lead.astype(np.int64), moments.as_of, text[wrote], history.won_until(moments.lead, moments.as_of)
    )


def _ends_by(known: Outcomes, history: History, documents: _Documents) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return whose lead was won in time, and whose had ended before, by the outcomes that are known, in their order."""
    final = known.take(np.diff(known.lead, append=-1) != 0)
    closed_at = np.full(len(history.leads), np.iinfo(np.int64).max)
    closed_at[final.lead] = final.closed_at
    is_won = np.zeros(len(history.leads), np.bool_)
    is_won[final.lead] = final.won
    lead = documents.lead
    # A day without a time may lie before the lead's own: what was written at creation was written before any end.
    over = (closed_at[lead] < documents.at) & (documents.at > history.leads.created_at[lead])
    return is_won[lead] & (closed_at[lead] <= documents.until), over


def _corpus(documents: _Documents, names: Strings | None) -> _Corpus:
    of_each = [terms(text) for text in documents.text]
    count = Counter(term for some in of_each for term in some)
    kept = sorted(term for term, times in count.items() if times >= MIN_LEADS)
    place = {term: at for at, term in enumerate(kept)}
    holds = _matrix([{place[term]: 1 for term in some if term in place} for some in of_each], len(kept))
    standing = [_standing(text, place) for text in documents.text]
    capitals, lowers = (_matrix([one[which] for one in standing], len(kept)) for which in (0, 1))
    borne = {lead: name_words(names[lead] or "") if names is not None else () for lead in set(documents.lead.tolist())}
    bears = _matrix(
        [{place[word]: 1 for word in borne[lead] if word in place} for lead in documents.lead.tolist()], len(kept)
    )
    return _Corpus(documents.lead, documents.at, kept, holds, capitals, lowers, bears)


def _standing(text: str, place: Mapping[str, int]) -> tuple[Counter[int], Counter[int]]:
    """Return how often each word stands in the middle of a sentence with a capital, and without."""
    capitals: Counter[int] = Counter()
    lowers: Counter[int] = Counter()
    for word, stands in words(text):
        if stands != START and word in place:
            (capitals if stands == CAPITAL else lowers)[place[word]] += 1
    return capitals, lowers


def _matrix(rows: Sequence[Mapping[int, int]], width: int) -> sparse.csr_matrix:
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.fromiter((column for row in rows for column in sorted(row)), np.int64, int(ends[-1]))
    values = np.fromiter((row[column] for row in rows for column in sorted(row)), np.float64, int(ends[-1]))
    return sparse.csr_matrix((values, columns, ends), shape=(len(rows), width))


@dataclass(frozen=True)
class _Fit:
    """A fitted reading: weights by term, the level, and the log-odds of the base rate."""

    weights: Mapping[str, int]
    level: float
    base: float

    def margin(self, corpus: _Corpus, rows: NDArray[np.int64]) -> Floats:
        """Return the log-odds (n,) of leads of the corpus."""
        by_column = np.array([self.weights.get(term, 0) for term in corpus.terms], np.float64) / MILLIONTHS
        margin: Floats = corpus.holds[rows] @ by_column + self.level
        return margin


def _fit(corpus: _Corpus, rows: NDArray[np.int64], won: NDArray[np.bool_]) -> _Fit | None:
    """Learn what terms tell from some documents; None where too few leads were won, or were not."""
    lead = corpus.lead[rows]
    if min(len(np.unique(lead[won])), len(np.unique(lead[~won]))) < MIN_OUTCOMES:
        return None
    rate = int(won.sum()) / len(won)
    base = float(np.log(rate / (1 - rate)))
    holds = corpus.holds[rows]
    texts = np.asarray(holds.sum(axis=0)).ravel()
    often = corpus.leads_with(corpus.holds, rows) >= MIN_LEADS
    usable = often & (texts <= len(rows) - MIN_LEADS) & ~_names(corpus, rows, often)
    columns = np.flatnonzero(usable)
    columns = np.sort(columns[np.argsort(-texts[columns], kind="stable")[:MAX_TERMS]])
    if not len(columns):
        return _Fit({}, base, base)
    # Scaled so that the slope of each column has the same noise where it tells nothing.
    scale = 1 / np.sqrt(texts[columns] * (1 - texts[columns] / len(rows)) * rate * (1 - rate))
    X = sparse.csr_matrix(holds[:, columns] @ sparse.diags(scale))
    threshold = SHRINKAGE * np.sqrt(2 * np.log(len(columns)) * _repeats(lead))
    weights, level = _lasso(X, won.astype(np.float64), base, threshold)
    whole = np.rint(weights * scale * MILLIONTHS).astype(np.int64)
    told = {corpus.terms[int(column)]: int(weight) for column, weight in zip(columns, whole, strict=True) if weight}
    return _Fit(told, level, base)


def _repeats(lead: NDArray[np.int64]) -> float:
    """Return how much more noise there is than in as many documents of different leads: those of one lead end alike.

    Source: the design effect, Kish 1965.
    """
    _, each = np.unique(lead, return_counts=True)
    return float((each.astype(np.float64) ** 2).sum() / each.sum())


def _names(corpus: _Corpus, rows: NDArray[np.int64], often: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which terms (v,) are names, or hold one; by the terms that some leads wrote often."""
    capitals, lowers = (np.asarray(of[rows].sum(axis=0)).ravel() * often for of in (corpus.capitals, corpus.lowers))
    middles = capitals + lowers
    bearers, writers = (corpus.leads_with(of, rows) for of in (corpus.bears, corpus.holds))
    is_name = (bearers > 0) & (bearers >= BEARER_SHARE * writers)
    if capitals.sum() <= NOUN_SHARE * middles.sum():
        is_name |= capitals > NAME_SHARE * np.maximum(middles, 1)
    names = {term for term, one in zip(corpus.terms, is_name, strict=True) if one}
    return np.array([bool(names & name_words(term)) for term in corpus.terms], np.bool_)


def _lasso(X: sparse.csr_matrix, y: Floats, level: float, threshold: float) -> tuple[Floats, float]:
    """Return weights (v,) and level of a logistic regression whose weights are shrunk toward zero by a threshold.

    Source: accelerated proximal gradient, Beck & Teboulle 2009.
    """
    n = X.shape[0]
    transposed = X.T.tocsr()
    unit = 1 / np.sqrt(n)
    # The curve of the loss is at most a quarter of the largest eigenvalue of X'X.
    lipschitz = 0.25 * (_largest_eigenvalue(X, transposed) + n * unit**2)
    weights = ahead = np.zeros(X.shape[1])
    intercept = intercept_ahead = level / unit
    momentum = 1.0
    for _ in range(STEPS):
        error = expit(X @ ahead + unit * intercept_ahead) - y
        moved = ahead - (transposed @ error) / lipschitz
        new = np.sign(moved) * np.maximum(np.abs(moved) - threshold / lipschitz, 0)
        new_intercept = intercept_ahead - unit * error.sum() / lipschitz
        grown = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = new + (momentum - 1) / grown * (new - weights)
        intercept_ahead = new_intercept + (momentum - 1) / grown * (new_intercept - intercept)
        weights, intercept, momentum = new, new_intercept, grown
    return weights, float(unit * intercept)


def _largest_eigenvalue(X: sparse.csr_matrix, transposed: sparse.csr_matrix) -> float:
    vector = np.ones(X.shape[1])
    size = 1.0
    for _ in range(30):
        vector = transposed @ (X @ vector)
        size = float(np.linalg.norm(vector))
        vector = vector / max(size, 1e-12)
    return 1.05 * size


def _has_told(margin: Floats, base: Floats, won: NDArray[np.bool_], lead: NDArray[np.int64]) -> bool:
    """Return whether log-odds (n,) that words gave lost less on later texts than the base rate's, by more than chance; texts of one lead are one case."""
    if min(len(np.unique(lead[won])), len(np.unique(lead[~won]))) < MIN_OUTCOMES:
        return False
    gain = np.logaddexp(0, np.where(won, -base, base)) - np.logaddexp(0, np.where(won, -margin, margin))
    _, number = np.unique(lead, return_inverse=True)
    of_lead = np.bincount(number, gain - gain.mean())
    return bool(gain.mean() > STANDARD_ERRORS * np.sqrt((of_lead**2).sum()) / len(gain))
