"""Change random bytes under `var/`, one at a time, and look for a wrong score that nobody is told of: `python -m bench.flips [--flips N] [--only store.db]`.

After each change the champion is found as a start of the service finds it, and a stored lead, its score and a new one are read. Each must
be what it was, or be refused by name. A byte is drawn from all bytes of all files, so that large files have most; every tenth change is of a
file drawn first, so that small ones have some.
"""

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from bench._service import Home, home
from features.records.clock import to_microseconds
from serving.champion.cache import ModelCache
from serving.champion.champion import Champion
from serving.champion.finding import _whole, put
from serving.intake.calls import Call, carry_out
from serving.intake.commands import StoreLeads
from serving.store import reading
from serving.store.listing import ListingPage, list_leads
from serving.store.records import LeadStanding, NewLead
from serving.store.store import Store, open_store

LEADS = 40
NOW = datetime(2026, 10, 1, tzinfo=UTC)
Answers = dict[str, Any]


def fill(place: Home, champion: Champion) -> None:
    """Store some leads with their scores."""
    sources = ("webinar", "referral", "trade show")
    leads = [NewLead(f"L{number}", {"source": sources[number % 3]}) for number in range(LEADS)]
    with (
        closing(open_store(place.settings.store_url, place.settings.folder)) as store,
        store.writing(to_microseconds(NOW)) as transaction,
    ):
        carry_out(lambda: champion)(transaction, [Call(StoreLeads(leads, True, champion.intake))])


def answers(place: Home) -> Answers:
    """Return what a service that starts now answers, or by what it is refused."""
    said: Answers = {}
    settings = place.settings

    def ask(name: str, question: Callable[[], Any]) -> None:
        try:
            said[name] = question()
        except (ValueError, LookupError, OSError, sa.exc.SQLAlchemyError) as error:
            said[name] = f"refused: {type(error).__name__}"

    def scored() -> str:
        champion = _whole(settings, ModelCache(settings.copies))
        (answer,) = champion.score([{"fields": {"source": "webinar"}}], NOW)
        return answer.model_dump_json()

    ask("score", scored)
    with closing(Store(settings.store_url, settings.folder)) as store:
        for lead_id in (f"L{number}" for number in range(LEADS)):
            ask(f"lead {lead_id}", partial(_lead, store, lead_id))
            ask(f"scores of {lead_id}", partial(_scores, store, lead_id))
        ask("list", lambda: repr([_shown(one) for one in store.ask(list_leads, ListingPage(most=LEADS))]))
    return said


def _lead(store: Store, lead_id: str) -> str:
    """Return of a lead what its scores follow from."""
    leads = store.ask(reading.leads_of, [lead_id])
    return repr([(one.lead_id, one.created_at, one.fields, one.account) for one in leads.values()])


def _scores(store: Store, lead_id: str) -> str:
    return repr(store.ask(reading.scores_of, lead_id))


def _shown(one: LeadStanding) -> tuple[object, ...]:
    """Return of a lead in a list what is scored."""
    return one.lead_id, one.probability, one.expected_value, one.route, one.step, one.scored_as_of


def files(var: Path) -> list[Path]:
    """Return the files that a service reads."""
    return [file for file in sorted(var.rglob("*")) if file.is_file() and file.stat().st_size]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--only", default="*", help="files of this name alone, such as store.db")
    given = parser.parse_args()
    random, found, kinds = Random(given.seed), [], Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("GLENGARRY_STORE", None)
        os.environ["MLFLOW_SQLALCHEMYSTORE_POOLCLASS"] = "NullPool"  # or a connection would go on with what it has read
        place = home(Path(folder) / "home", 1_000)
        champion = _whole(place.settings, ModelCache(place.settings.copies))
        put(champion, ModelCache(place.settings.copies))
        fill(place, champion)
        sound = answers(place)
        for number in range(given.flips):
            there = [file for file in files(place.settings.var) if file.match(given.only)]
            weights = [1 if number % 10 == 0 else file.stat().st_size for file in there]
            (file,) = random.choices(there, weights)
            content = file.read_bytes()
            at, mask = random.randrange(len(content)), random.randrange(1, 256)
            with file.open("r+b") as opened:
                opened.seek(at)
                opened.write(bytes([content[at] ^ mask]))
            now = answers(place)
            wrong = [name for name in sound if now[name] != sound[name] and not str(now[name]).startswith("refused")]
            # A lead that is gone is told as such, and a champion of before by the log: neither is a wrong score.
            wrong = [name for name in wrong if now[name] != "[]" and not _is_same_score(name, sound, now)]
            kinds["refused" if any(str(one).startswith("refused") for one in now.values()) else "no matter"] += 1
            if wrong:
                found.append((file.relative_to(place.settings.var).as_posix(), at, wrong[:3]))
                print(f"FOUND {found[-1]}: {str(now[wrong[0]])[:300]}", flush=True)
            file.write_bytes(content)
    print(f"{given.flips} bytes changed: {dict(kinds)}; {len(found)} wrong in silence")
    sys.exit(min(len(found), 100))


def _is_same_score(name: str, sound: Answers, now: Answers) -> bool:
    """Return whether a score has the numbers that it had: the last good champion may answer under another version."""
    if name != "score":
        return False
    before, after = (json.loads(one["score"]) for one in (sound, now))
    return bool(before["probability"] == after["probability"])


if __name__ == "__main__":
    main()
