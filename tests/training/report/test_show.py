"""The page as drawn: it holds what the compute step says and nothing else, needs nothing, runs nothing, and shows names as text."""

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser

import pytest

from tests.training.report.materials import FAILED, PASSED, PREVIEW, bare, first, second, too_few, verdict
from training.report import Material, compute, render

STATES: list[Callable[[], Material]] = [
    first,
    bare,
    too_few,
    lambda: second(verdict(PASSED, FAILED, preview=PREVIEW), False),
]
HOSTILE = '<script>alert("1")</script>"><img src=x onerror=alert(2)>{{ 7 * 7 }}'


class Seen(HTMLParser):
    """What a reader sees, and every tag with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._style = self._style and tag != "style"

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.text.append(data)


def seen(html: str) -> Seen:
    parser = Seen()
    parser.feed(html)
    return parser


def texts(content: object) -> Iterator[str]:
    """Every text in nested dataclasses and tuples."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, tuple):
        for each in content:
            yield from texts(each)
    elif is_dataclass(content):
        for field in fields(content):
            yield from texts(getattr(content, field.name))


@pytest.mark.parametrize("material", STATES)
def test_every_figure_on_the_page_is_in_the_compute_step(material: Callable[[], Material]) -> None:
    page = compute(material())
    shown = re.findall(r"\d+(?:[.,]\d+)*", " ".join(seen(render(page)).text))
    computed = set(re.findall(r"\d+(?:[.,]\d+)*", " ".join(texts(page))))
    assert len(shown) > 100
    assert set(shown) <= computed


@pytest.mark.parametrize("material", STATES)
def test_every_sentence_of_the_compute_step_is_on_the_page(material: Callable[[], Material]) -> None:
    page = compute(material())
    text = " ".join("".join(seen(render(page)).text).split())
    for part in (page.better, page.trust, page.driven, page.changed, page.omitted):
        assert all(" ".join(sentence.split()) in text for sentence in (part.question, part.answer, *part.more))
    for table in page.tables:
        assert all(" ".join(cell.split()) in text for row in table.rows for cell in row)


@pytest.mark.parametrize("material", STATES)
def test_the_page_needs_nothing_else_and_runs_nothing(material: Callable[[], Material]) -> None:
    html = render(compute(material()))
    tags = seen(html).tags
    assert not {"script", "link", "iframe", "object", "img"} & {tag for tag, _ in tags}
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on") or name == "src"]
    links = {str(attributes["href"]) for _, attributes in tags if "href" in attributes}
    assert links == {f"#{link[1:]}" for link in links}  # within the page alone
    assert {link[1:] for link in links} <= {attributes.get("id") for _, attributes in tags}
    assert "url(" not in html
    assert "@import" not in html
    assert "prefers-color-scheme: dark" in html
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in [each for _, each in tags]


def test_hostile_names_are_shown_as_text() -> None:
    page = compute(first())
    hostile = replace(
        page,
        title=HOSTILE,
        sources=tuple(replace(source, name=HOSTILE) for source in page.sources),
        left_out=tuple(replace(one, items=(HOSTILE,)) for one in page.left_out),
        tables=tuple(replace(table, title=HOSTILE, rows=((HOSTILE, HOSTILE),)) for table in page.tables),
        charts=tuple(replace(chart, title=HOSTILE) for chart in page.charts),
        scorecard=(HOSTILE,),
        terms=(HOSTILE,),
    )
    found = seen(render(hostile))
    assert [tag for tag, _ in found.tags].count("svg") == len(page.charts)
    assert not {"script", "img"} & {tag for tag, _ in found.tags}
    assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on")]
    assert "".join(found.text).count(HOSTILE) >= 5


def test_headings_and_tables_are_named_for_those_who_do_not_see_them() -> None:
    tags = seen(render(compute(first()))).tags
    assert [attributes.get("lang") for tag, attributes in tags if tag == "html"] == ["en"]
    ids = {attributes["id"] for _, attributes in tags if "id" in attributes}
    assert {attributes["aria-labelledby"] for tag, attributes in tags if tag == "section"} <= ids
    assert all(attributes.get("aria-label") for tag, attributes in tags if tag == "svg")
    assert all(attributes.get("scope") for tag, attributes in tags if tag == "th")
