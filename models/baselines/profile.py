"""Who the lead is, and nothing else: how far a profile alone would carry."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix, catalogue
from features.records.history import Floats
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from models.close.booster import Booster
from models.close.settings import BoosterSettings

Rows = tuple[Matrix, Floats, Floats]
"""X (n, f), y (n,) and weights (n,)."""


def admit_profile(schema: LeadSchema) -> LeadSchema:
    """Return a schema whose features hold the profile and context fields too.

    Examples
    --------
    >>> schema = LeadSchema(fields={"staff": LeadField(role="profile", type="number")})
    >>> set(catalogue(admit_profile(schema))) - set(catalogue(schema))
    {Feature(name='staff', measure='value', subject='staff', obstacle='source', unit='', direction=0, window_days=None, value=None)}
    """
    fields = {
        name: _admitted(field) if name in profile_fields(schema) else field for name, field in schema.fields.items()
    }
    return LeadSchema(**{**{name: getattr(schema, name) for name in LeadSchema.model_fields}, "fields": fields})


def profile_fields(schema: LeadSchema) -> dict[str, LeadField]:
    """Return the profile and context fields that can become features; a category without values says nothing."""
    fields = schema.by_role("profile", "context")
    return {name: field for name, field in fields.items() if field.type != "category" or field.values}


def profile_columns(schema: LeadSchema) -> NDArray[np.intp]:
    """Return where the features of profile and context stand in the catalogue of a schema that admits them."""
    names = profile_fields(schema)
    every = catalogue(schema)
    return np.flatnonzero([feature.subject in names and feature.measure in ("value", "is_value") for feature in every])


def _admitted(field: LeadField) -> LeadField:
    return LeadField.model_validate({**field.model_dump(), "admitted": True, "obstacle": field.obstacle or "source"})


class ProfileOnly:
    """Trees as small as the close model's on the columns of profile and context alone.

    Parameters
    ----------
    features
        The columns of X.
    rounds
        Trees to grow where `stopping` is not given.
    every
        What can be learned from.
    stopping
        What could be learned from earlier, and what came later: they decide how many trees to grow.
    """

    def __init__(
        self,
        settings: BoosterSettings,
        features: Sequence[Feature],
        rounds: int,
        every: Rows,
        stopping: tuple[Rows, Rows] | None = None,
    ) -> None:
        columns = tuple(features)
        if stopping is not None:
            rounds = Booster.fit_stopping(settings, columns, *stopping).rounds
        self.booster_ = Booster.fit(settings, columns, *every, rounds)

    def predict(self, X: Matrix) -> Floats:
        """Return probabilities (n,) from the columns of `features` (n, f)."""
        return self.booster_.probability(X)
