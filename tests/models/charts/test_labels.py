"""Names of points lie on nothing, within the edges, and are left out rather than heaped."""

from hypothesis import given
from hypothesis import strategies as st

from models.charts.labels import LETTER, LINE, place_labels

DOTS = st.lists(st.tuples(st.floats(52, 426), st.floats(12, 274), st.text("RЯ0", min_size=1, max_size=60)), max_size=60)


@given(DOTS)
def test_names_touch_no_other_and_stay_inside(dots: list[tuple[float, float, str]]) -> None:
    texts = place_labels(dots, 52, 426, 274)
    boxes = [(one.x, one.y - LINE, one.x + LETTER * len(one.text), one.y) for one in texts]
    for place, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 52
        assert right <= 426.001
        assert top >= 0
        assert bottom <= 274
        for other in boxes[:place]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart


def test_a_long_name_is_cut_and_a_lone_dot_is_named() -> None:
    (text,) = place_labels([(200, 100, "Донаудампфшиффартсгезельшафт")], 52, 426, 274)
    assert text.text == "Донаудампфшиффартсгезел…"
