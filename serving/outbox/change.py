"""Why a score is another than the one before, for those who are told that it is: the split that `GET /leads/{id}/scores` and the pages give."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from features.records.clock import to_microseconds
from serving.analytics.changes import changes_of, read_course
from serving.champion.versions import VersionCache
from serving.schemas.notices import SCORE_KINDS
from serving.schemas.score import Score
from serving.store.deliveries import Notice
from serving.store.store import Store


def explainer(
    store: Store, versions: VersionCache, reason: Callable[[Score, Score], str]
) -> Callable[[Notice], Mapping[str, Any] | None]:
    """Return what says of a notice why its score is another than the one before; None where there is none, or its model is not to be had.

    Parameters
    ----------
    reason
        Says in a sentence what moved a score most.
    """

    def explain(notice: Notice) -> Mapping[str, Any] | None:
        before, after = notice.content.get("before"), notice.content.get("after")
        if notice.kind not in SCORE_KINDS or notice.lead_id is None or before is None or after is None:
            return None
        course = store.ask(read_course, notice.lead_id)
        if course is None:
            return None
        wanted = [to_microseconds(datetime.fromisoformat(one["as_of"])) for one in (before, after)]
        scores = [score for score in course.scores if score.as_of in wanted]
        if [score.as_of for score in scores] != wanted:
            return None
        (change,) = changes_of(course._replace(scores=scores), versions)
        if change is None:
            return None
        said = reason(*(Score.model_validate_json(str(score.answer)) for score in scores))
        return change.model_dump(mode="json") | {"sentence": said}

    return explain
