"""What a feature is for: in a history where it decides it ranks leads, and in one where it tells nothing it costs nothing."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import log_loss, roc_auc_score

from features.records.clock import DAY
from features.records.history import Events, Floats, History, Leads, Outcomes
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from models.close.model import CloseModel
from models.close.reasons.explanation import score
from tests.features.strategies import START, texts
from tests.models.company import SETTINGS
from training.fitting.fit import fit_close_model
from training.samples.dataset import prepare, training_sample
from training.samples.moments import labels_known_at

LEADS, DAYS = 3000, 720
TRAINED_UNTIL = START + 540 * DAY


def judged(history: History) -> tuple[float, float]:
    """Return ROC AUC and log loss on the leads after the cut-off, as each was scored at its creation."""
    settings = SETTINGS.model_copy(update={"ages_days": (0,)})
    dataset = prepare(history, settings)
    model = fit_close_model(dataset, settings, TRAINED_UNTIL).model
    labels = labels_known_at(history, dataset.moments, history.known_until)
    rows = np.flatnonzero((dataset.moments.as_of > TRAINED_UNTIL) & labels.matured)
    p = model.explain(model.matrix(history, dataset.moments.take(rows))).probability
    won = labels.won[rows]
    return float(roc_auc_score(won, p)), float(log_loss(won, p))


def ended(created: np.ndarray, won: np.ndarray, after_days: np.ndarray, known_until: int) -> Outcomes:
    """Return how leads ended, as far as that was recorded."""
    closed = created + (after_days * DAY).astype(np.int64)
    known = np.flatnonzero(closed <= known_until)
    return Outcomes(known.astype(np.int32), closed[known], closed[known], won[known], np.full(len(known), np.nan))


def of_companies(rng: np.random.Generator, spread: float, schema: LeadSchema) -> History:
    """Return leads of 400 companies, whose leads are won by the company's own chance."""
    created = START + np.sort(rng.integers(0, DAYS * DAY, LEADS))
    company = rng.integers(0, 400, LEADS)
    chance: Floats = expit(-1 + spread * rng.normal(size=400))
    won = rng.random(LEADS) < chance[company]
    outcomes = ended(created, won, rng.uniform(1, 30, LEADS), START + DAYS * DAY)
    budget = rng.normal(size=LEADS)
    accounts = None if schema.account is None else texts([f"company {one}" for one in company])
    ids = texts([f"L{number}" for number in range(LEADS)])
    leads = Leads(ids, created, {"budget": budget}, {}, accounts)
    return History(schema, leads, Events.none(), outcomes, START + DAYS * DAY)


BUDGET = LeadField(role="answer", type="number", obstacle="money")
ALONE = LeadSchema(fields={"budget": BUDGET}, horizon_days=60)
WITH_COMPANY = ALONE.model_copy(update={"fields": {"budget": BUDGET, "company": LeadField(role="account")}})


def test_colleagues_tell_where_companies_differ() -> None:
    without, with_ = (judged(of_companies(np.random.default_rng(3), 2.5, schema)) for schema in (ALONE, WITH_COMPANY))
    assert without[0] < 0.55
    assert with_[0] > 0.7
    assert with_[1] < without[1] - 0.05


def test_colleagues_cost_nothing_where_companies_do_not_differ() -> None:
    without, with_ = (judged(of_companies(np.random.default_rng(4), 0.0, schema)) for schema in (ALONE, WITH_COMPANY))
    assert with_[1] < without[1] + 0.002


def of_bookings(rng: np.random.Generator) -> History:
    """Return bookings for a day that may be far: each is given up at some rate a day until then, and kept on its day."""
    created = START + np.sort(rng.integers(0, DAYS * DAY, LEADS))
    ahead = np.ceil(rng.exponential(60, LEADS))
    given_up = rng.exponential(70, LEADS)
    kept = given_up > ahead
    arrival = ((created // DAY) + ahead.astype(np.int64)) * DAY
    after = np.where(kept, (arrival - created + DAY // 2) / DAY, given_up)
    outcomes = ended(created, kept, after, START + DAYS * DAY)
    schema = LeadSchema(
        fields={"arrival": LeadField(role="context", type="date")}, horizon_days=60, decided_by="arrival"
    )
    ids = texts([f"L{number}" for number in range(LEADS)])
    return History(
        schema, Leads(ids, created, {"arrival": arrival.astype(float)}, {}), Events.none(), outcomes, START + DAYS * DAY
    )


def test_a_day_of_its_own_makes_the_question_one_that_can_be_answered() -> None:
    by_day = of_bookings(np.random.default_rng(5))
    auc, loss = judged(by_day)
    created, arrival = by_day.leads.created_at, by_day.leads.fields["arrival"]
    true = np.exp(-np.ceil((arrival - created) / DAY) / 70)
    rows = (created > TRAINED_UNTIL) & (by_day.deadline <= by_day.known_until)
    kept = np.zeros(LEADS, np.bool_)
    kept[by_day.outcomes.lead[by_day.outcomes.won]] = True
    assert auc == pytest.approx(roc_auc_score(kept[rows], true[rows]), abs=0.02)
    assert loss < log_loss(kept[rows], np.full(rows.sum(), kept[rows].mean())) - 0.03
    by_horizon = replace(by_day, schema=by_day.schema.model_copy(update={"decided_by": None}))
    assert auc > judged(by_horizon)[0] + 0.1


def test_what_is_expected_of_open_bookings_is_what_becomes_of_them() -> None:
    """Those near their day have little time left to be given up: of these more are expected to be kept than of all."""
    history = of_bookings(np.random.default_rng(5))
    settings = SETTINGS.model_copy(update={"ages_days": (0,), "undetermined": "expected"})
    dataset = prepare(history, settings)
    sample = training_sample(dataset, settings, TRAINED_UNTIL)
    created, arrival = history.leads.created_at, history.leads.fields["arrival"]
    true = np.exp(-np.ceil((arrival - created) / DAY) / 70)[dataset.moments.lead[sample.rows]]
    far, near = (sample.y[rows].mean() - true[rows].mean() for rows in (true < 0.3, true > 0.8))
    assert abs(far) < 0.04
    assert abs(near) < 0.04


COMMON = ("we", "need", "some", "units", "of", "it", "for", "our", "new", "plant", "and", "would", "like", "to", "hear")


def of_messages(rng: np.random.Generator, strength: float, is_read: bool) -> History:
    """Return leads that are won by what they write: "tender" for them, "student" against, by a strength."""
    created = START + np.sort(rng.integers(0, DAYS * DAY, LEADS))
    said, margin = [], np.full(LEADS, -0.5)
    for lead in range(LEADS):
        words = list(rng.choice(COMMON, 9))
        for word, weight in (("tender", 2.0), ("student", -2.0)):
            if rng.random() < 0.2:
                words.insert(int(rng.integers(1, 8)), word)
                margin[lead] += strength * weight
        said.append(" ".join(words))
    won = rng.random(LEADS) < expit(margin)
    outcomes = ended(created, won, rng.uniform(1, 30, LEADS), START + DAYS * DAY)
    schema = LeadSchema(fields={"wish": LeadField(role="answer", type="text", obstacle="need")}, horizon_days=60)
    ids = texts([f"L{number}" for number in range(LEADS)])
    count = np.array([len(text.split()) for text in said], np.float64)
    leads = Leads(ids, created, {"wish": count}, {}, texts={"wish": texts(said)} if is_read else {})
    return History(schema, leads, Events.none(), outcomes, START + DAYS * DAY)


def test_words_tell_where_they_decide() -> None:
    unread, read = (judged(of_messages(np.random.default_rng(6), 1.0, is_read)) for is_read in (False, True))
    assert unread[0] < 0.55
    assert read[0] > 0.65
    assert read[1] < unread[1] - 0.03


def test_words_cost_nothing_where_they_tell_nothing() -> None:
    unread, read = (judged(of_messages(np.random.default_rng(7), 0.0, is_read)) for is_read in (False, True))
    assert read[1] < unread[1] + 0.002


def test_what_words_add_is_split_among_them_exactly() -> None:
    history = of_messages(np.random.default_rng(6), 1.0, is_read=True)
    settings = SETTINGS.model_copy(update={"ages_days": (0,)})
    dataset = prepare(history, settings)
    model = fit_close_model(dataset, settings, TRAINED_UNTIL).model
    again = CloseModel.from_texts(model.to_texts())
    rows = np.flatnonzero(dataset.moments.as_of > TRAINED_UNTIL)[:200]
    place = model.column["wish_message"]
    said = 0
    for one, same in zip(
        score(model, history, dataset.moments.take(rows)),
        score(again, history, dataset.moments.take(rows)),
        strict=True,
    ):
        assert one == same
        for reason in one.reasons:
            assert bool(reason.words) <= (reason.subject == "wish")
            if reason.words:
                said += "mentions “" in reason.sentence
                assert sum(word.contribution for word in reason.words) == pytest.approx(
                    one.contributions[place], abs=1e-9
                )
    assert said > 50
