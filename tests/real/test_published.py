"""Published histories are measured on as those did whose figures they are compared with: as many moments, as many won."""

import numpy as np
import pytest

from bench._published import PUBLISHED, REAL
from bench._task import judged

FOLDERS = {"hospital": "hospital_billing", "hotel": "hotel_bookings", "fines": "road_fines", "olist": "olist_funnel"}


@pytest.mark.parametrize(
    ("name", "moments", "won"),
    [
        ("olist", 4_013, 0.094),
        ("hotel", 95_525, 0.420),
        ("hotel_ever", 98_395, 0.652),
        ("hospital_0", 59_381, 0.465),
        ("hospital_30", 55_032, 0.478),
        ("hospital_90", 49_233, 0.426),
        ("hospital_by_quarter", 70_603, 0.470),
        ("fines_0", 46_692, 0.396),
        ("fines_120", 30_333, 0.093),
    ],
)
def test_as_many_moments_are_predicted_as_in_the_published_protocol(name: str, moments: int, won: float) -> None:
    if not (REAL / FOLDERS[name.split("_")[0]]).exists():
        pytest.skip("the data does not stand beside the checkout")
    task = PUBLISHED[name]()
    assert task is not None
    predicted, labels = judged(task)
    assert len(predicted) == pytest.approx(moments, rel=0.001)
    assert np.mean(labels.won) == pytest.approx(won, abs=0.002)
