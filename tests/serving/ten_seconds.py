"""What a reader sees of a page before scrolling: the texts in view, and what of a lead's first screen is among them."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page

VIEW = 830
"""Pixels."""
LETTER = re.compile(r"[^\W\d_]")
"""A figure or a sign is no word."""

IN_VIEW = """height => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode, text = node.textContent.trim(), range = document.createRange();
    if (!text || !node.parentElement.checkVisibility() || node.parentElement.closest(".unseen")) continue;
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width > 0 && box.height > 0 && box.top >= 0 && box.bottom <= height && box.left >= 0) found.push(text);
  }
  return found;
}"""
"""Every text that lies whole in the first so many pixels."""


@dataclass(frozen=True)
class FirstScreen:
    """What is in view of a lead's page: its words, and the parts that ten seconds need, each empty where it is not in view.

    Attributes
    ----------
    against, for_
        The points of the largest reason each way that is in view.
    """

    words: int
    probability: str
    comparison: str
    next_step: str
    against: str
    for_: str


def first_screen(page: Page) -> FirstScreen:
    """Return what is in view of the page of an open lead."""
    texts = page.evaluate(IN_VIEW, VIEW)
    rows = page.evaluate(
        """height => [...document.querySelectorAll('.reasons .points, .other')].filter(one => one.checkVisibility()
          && one.getBoundingClientRect().bottom <= height).map(one => one.textContent)""",
        VIEW,
    )
    points = [number for text in rows for number in re.findall(r"[+−]\d+\.\d", text)]
    return FirstScreen(
        words=sum(bool(LETTER.search(word)) for text in texts for word in text.split()),
        probability=_first(texts, r"^(?:[<>] )?\d+ %$"),
        comparison=_first(texts, r"past leads \(\d+\)"),
        next_step=_first(texts, r"^Next: .+"),
        against=next((one for one in points if one.startswith("−")), ""),
        for_=next((one for one in points if one.startswith("+")), ""),
    )


def _first(texts: list[str], pattern: str) -> str:
    return next((text for text in texts if re.search(pattern, text)), "")
