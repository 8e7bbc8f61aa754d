"""Features of what leads write: the log-odds that the words tell which the moment knows, as they were learned before it."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from features.matrix.block import Block, blocks
from features.matrix.feature import Feature
from features.matrix.text_model import MILLIONTHS, Readings
from features.matrix.written import known_texts
from features.records.history import History, Moments
from features.settings.schema import LeadSchema

NO_READING = np.iinfo(np.int64).min
"""The start of what is read before anything was learned of words."""


def text_features(schema: LeadSchema) -> tuple[Feature, ...]:
    """Return the features that `texts` computes, in its order."""
    return tuple(
        Feature(f"{name}_message", "text_margin", name, obstacle, "log-odds", 1)
        for name, obstacle in schema.messages.items()
    )


def texts(block: Block, readings: Mapping[str, Readings]) -> NDArray[np.float32]:
    """Compute what words tell (n, f) at the moments of a block; NaN where nothing was written, or nothing learned of words."""
    columns = np.full((len(block), len(block.schema.messages)), np.nan, np.float32)
    for place, name in enumerate(block.schema.messages):
        for (start, text), rows in _alike(block, name, readings.get(name, Readings())).items():
            reading = readings[name].at(start) if name in readings else None
            if reading is not None and reading.weights:
                columns[rows, place] = sum(reading.told(text).values()) / MILLIONTHS
    return columns


def told_words(block: Block, readings: Mapping[str, Readings]) -> list[dict[str, dict[str, int]]]:
    """Return for each moment of a block, by field, the terms that tell something, with their weights in millionths."""
    told: list[dict[str, dict[str, int]]] = [{} for _ in range(len(block))]
    for name in block.schema.messages:
        for (start, text), rows in _alike(block, name, readings.get(name, Readings())).items():
            reading = readings[name].at(start) if name in readings else None
            for row in rows:
                told[row][name] = {} if reading is None else reading.told(text)
    return told


def _alike(block: Block, name: str, readings: Readings) -> dict[tuple[int, str], list[int]]:
    """Return the rows of a block by what was written and the day of the reading: each is read once."""
    starts = [NO_READING, *(one.start for one in readings.readings)]
    place = np.searchsorted(np.array(starts, np.int64), block.as_of, side="right") - 1
    alike: dict[tuple[int, str], list[int]] = {}
    for row, (at, text) in enumerate(zip(place.tolist(), known_texts(block, name), strict=True)):
        if text is not None:
            alike.setdefault((starts[at], text), []).append(row)
    return alike


def words_at(history: History, moments: Moments, readings: Mapping[str, Readings]) -> list[dict[str, dict[str, int]]]:
    """Return for each moment (n,), by field, the terms that tell something, with their weights in millionths."""
    told: list[dict[str, dict[str, int]]] = [{} for _ in range(len(moments))]
    if history.schema.messages:
        for block in blocks(history, moments):
            for row, words in zip(block.rows.tolist(), told_words(block, readings), strict=True):
                told[row] = words
    return told
