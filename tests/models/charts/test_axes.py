"""Ticks say where they stand: no step is rounded away, whatever its size."""

import pytest

from models.charts.axes import across, in_percent, numbered, round_up, steps


@pytest.mark.parametrize("top", [0.004, 0.03, 0.11, 0.6, 1.3, 1.5, 2.0, 7.0, 48.0, 130.0])
def test_the_text_of_a_tick_is_its_number(top: float) -> None:
    end = round_up(top)
    numbers = steps(0, end)
    assert end >= top
    assert numbers[0] == 0
    assert numbers[-1] == pytest.approx(end)
    scale = across(0, end)
    assert [float(tick.text) for tick in numbered(numbers, scale)] == pytest.approx(numbers)
    assert [float(tick.text.removesuffix(" %")) / 100 for tick in in_percent(numbers, scale)] == pytest.approx(numbers)
    assert len({tick.text for tick in numbered(numbers, scale)}) == len(numbers)


def test_quarters_are_said_as_quarters() -> None:
    assert [tick.text for tick in numbered(steps(0, 1.5), across(0, 1.5))] == [
        "0.00",
        "0.25",
        "0.50",
        "0.75",
        "1.00",
        "1.25",
        "1.50",
    ]
