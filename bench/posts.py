"""Form posts as plugins send them, mutated, and messages of a CRM, shuffled: no lead may be lost, and every order must end the same.

`python -m bench.posts [--posts 20000] [--sequences 5000] [--seed 0]` prints how many posts became leads, how many were refused with which
sentence, and how many had neither; and of how many sequences of messages two orders ended in two records. No service is started: posts go
through the same functions as in one.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import urlencode

from features.records.clock import to_microseconds
from features.records.leads.checking import BadLeadError
from features.settings.schema import LeadSchema
from features.simulation import CONTACTS, world_schema
from serving.api.forms.leads import lead_of, read_form
from serving.api.forms.posts import URLENCODED, Pair, parse_post
from serving.api.forms.usable import is_usable
from serving.intake.lead_checks import lead_by_form
from serving.intake.tellings import MergedLead, Telling, record_of
from serving.schemas.problems import RefusedError
from serving.settings.forms import FormSettings

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
PLUGINS: tuple[dict[str, str], ...] = (
    {
        "_wpcf7": "12",
        "_wpcf7_version": "5.9",
        "_wpcf7_unit_tag": "wpcf7-f12-p1-o1",
        "your-name": "Ada",
        "your-email": "ada@nordwind.example",
    },
    {"form_id": "3", "is_submit_3": "1", "gform_submit": "3", "input_5": "none", "state_3": "WyJbXSIsIjQ"},
    {"form_fields[name]": "Ada", "form_fields[email]": "ada@nordwind.example", "post_id": "7", "queried_id": "7"},
    {"g-recaptcha-response": "03AF", "ak_hp_textarea": "", "ak_js": "1700", "gclid": "Cj0K"},
    {"utm_source": "ad", "utm_medium": "cpc", "fbclid": "IwAR", "wpforms[id]": "9", "wpforms[nonce]": "c0ffee"},
    {},
)
ODD = (
    "",
    " ",
    "\0",
    "a lot",
    "1.200,50 €",
    "on",
    "nein",
    "31.12.2026",
    "x" * 3_000,
    "\ud83d",
    "🎉",
    "<script>",
    "Ada\r\nBerger",
    "%",
    "999999999999999999999",
)


def company_schema() -> LeadSchema:
    """Return the fields of the simulated company with those by which people are reached."""
    base = world_schema()
    names = {name: getattr(base, name) for name in LeadSchema.model_fields}
    return LeadSchema(**names | {"fields": {**base.fields, **CONTACTS}})


def posts(rng: random.Random, schema: LeadSchema, number: int) -> Iterator[bytes]:
    """Yield bodies of forms: what a plugin adds, what the company asks, and what goes wrong with both."""
    for _ in range(number):
        pairs: list[Pair] = list(rng.choice(PLUGINS).items())
        for name in rng.sample(list(schema.fields), rng.randint(0, 6)):
            values = schema.fields[name].values or ("Ada Berger", "12", "yes")
            pairs.append((_bent(rng, name), rng.choice(values) if rng.random() < 0.7 else rng.choice(ODD)))
        if pairs and rng.random() < 0.1:
            pairs.append(rng.choice(pairs))
        rng.shuffle(pairs)
        body = urlencode(pairs, errors="surrogatepass").encode()
        yield _cut(rng, body)


def _bent(rng: random.Random, name: str) -> str:
    return name if rng.random() < 0.85 else rng.choice((name.upper(), f"{name}[]", f"your-{name}", f" {name}", ""))


def _cut(rng: random.Random, body: bytes) -> bytes:
    if rng.random() < 0.05 and body:
        at = rng.randrange(len(body))
        return body[:at] + bytes([rng.randrange(256)]) + body[at + 1 :]
    return body


def end_of_post(schema: LeadSchema, body: bytes) -> str:
    """Return what becomes of a post: `a lead`, `a lead with something set aside`, or the rule by which it is refused."""
    try:
        form = read_form(parse_post(URLENCODED, body, 200), FormSettings())
        lead = lead_by_form(schema, lead_of(form, schema), NOW, "new")
    except (RefusedError, BadLeadError) as error:
        return f"refused: {str(error)[:60]}"
    if is_usable(lead):
        return "a lead with something set aside" if lead.aside else "a lead"
    return "refused: nothing of it can be used" if lead.aside else "refused: it says nothing"


def two_orders(rng: random.Random, schema: LeadSchema) -> tuple[MergedLead, MergedLead]:
    """Return the record that follows from tellings of a lead in one order and in another."""
    created = to_microseconds(NOW - timedelta(days=100))
    names = rng.sample(list(schema.answers), 3)
    told = [
        Telling(
            created + rng.randrange(0, 90) * 86_400_000_000 + at,
            created if rng.random() < 0.8 else None,
            {name: rng.choice(schema.fields[name].values or ("1", "2")) for name in names if rng.random() < 0.7},
        )
        for at in range(rng.randint(1, 8))
    ]
    record = partial(record_of, schema, "L1")
    return record(told), record(rng.sample(told, len(told)))


def main() -> None:
    """Print what became of the posts and of the sequences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--sequences", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    schema = company_schema()
    ends = Counter(end_of_post(schema, body) for body in posts(rng, schema, given.posts))
    for end, count in ends.most_common():
        print(f"{count:>7,}  {end}")
    differ = sum(one != other for one, other in (two_orders(rng, schema) for _ in range(given.sequences)))
    print(f"{given.sequences:,} sequences of messages, of which {differ:,} end otherwise in another order.")


if __name__ == "__main__":
    main()
