"""From a history and moments to the feature matrix: the one path for training, batch scoring and the service."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from features.matrix.activity import activity, activity_features
from features.matrix.answers import answer_features, answers
from features.matrix.block import RECORDS, Block, BlockCut, blocks, cuts
from features.matrix.colleagues import colleague_features, colleagues
from features.matrix.feature import Feature
from features.matrix.texts import text_features, texts
from features.matrix.track_record import TargetStatistics, track_record, track_record_features
from features.records.history import History, Moments
from features.settings.schema import LeadSchema

Matrix = NDArray[np.float32]


def own_features(schema: LeadSchema) -> tuple[Feature, ...]:
    """Return the features of what a lead itself says and does: the first of the catalogue."""
    return tuple(_distinct((*answer_features(schema), *activity_features(schema))))


def catalogue(schema: LeadSchema) -> tuple[Feature, ...]:
    """Return every feature that the settings give, in the order of the matrix's columns; no two have one name."""
    features = (
        *own_features(schema),
        *track_record_features(schema),
        *colleague_features(schema),
        *text_features(schema),
    )
    return tuple(_distinct(features))


def feature_matrix(history: History, moments: Moments, books: TargetStatistics, threads: int = 1) -> Matrix:
    """Compute what was known about leads at moments, (moments, features), NaN where not known.

    Parameters
    ----------
    history
        Leads with their events; records made after a moment do not change its row.
    moments
        Which leads, as of when; in any order, a lead as often as needed.
    books
        Track records of the channels.
    threads
        How many blocks of leads are computed at the same time; the result is the same.
    """
    every = cuts(history, moments)
    if len(every) == 1:
        block = Block.of(history, moments, every[0])
        of_block = block_matrix(block, books)
        return of_block if block.stretch else of_block[np.argsort(block.rows)]
    matrix = np.empty((len(moments), len(catalogue(history.schema))), np.float32)

    def fill(cut: BlockCut) -> None:
        block = Block.of(history, moments, cut)
        if stretch := block.stretch:
            block_matrix(block, books, matrix[stretch])
        else:
            matrix[block.rows] = block_matrix(block, books)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(fill, every))
    return matrix


def own_matrix(history: History, moments: Moments) -> Matrix:
    """Compute the first columns (n, own features) of `feature_matrix`, of one moment at least: what each lead itself says and does."""
    every = list(blocks(history, moments))
    own = np.concatenate([np.concatenate(_own(block), axis=1) for block in every])
    return own[np.argsort(np.concatenate([block.rows for block in every]))]


def blockwise(
    history: History, moments: Moments, books: TargetStatistics, records: int = RECORDS
) -> Iterator[tuple[Block, Matrix]]:
    """Yield the feature matrix in blocks of leads, for those who need not hold it whole."""
    for block in blocks(history, moments, records):
        yield block, block_matrix(block, books)


def block_matrix(block: Block, books: TargetStatistics, out: Matrix | None = None) -> Matrix:
    """Compute the features (n, features) of the moments of a block.

    Parameters
    ----------
    out
        Where to put them; without it, they are put into a matrix of their own.
    """
    more = [] if block.schema.account is None else [colleagues(block)]
    if block.schema.messages:
        more.append(texts(block, books.texts))
    return np.concatenate((*_own(block), track_record(block, books), *more), axis=1, out=out)


def _own(block: Block) -> tuple[Matrix, Matrix]:
    return answers(block), activity(block)


def _distinct(features: Iterable[Feature]) -> Iterator[Feature]:
    """Yield the features, numbering those of one name, such as the ones of the values "a b" and "a-b"."""
    taken: set[str] = set()
    for feature in features:
        name, number = feature.name, 1
        while name in taken:
            number += 1
            name = f"{feature.name}_{number}"
        taken.add(name)
        yield feature if name == feature.name else replace(feature, name=name)
