"""A bare app: parses a lead, computes its features, predicts and explains, on Starlette and uvicorn alone.

No key, no check of the body beyond its JSON, no sentences, no decision, nothing stored: `python -m bench._peers.bare FOLDER PORT`.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from features.records.leads.checking import read_lead, to_history
from serving.champion.finding import from_folder, settle


def bare_app(folder: Path) -> Starlette:
    """Return the app of the champion in a folder."""
    model = from_folder(folder).model
    names = [feature.name for feature in model.features]

    async def score(request: Request) -> JSONResponse:
        lead = read_lead(model.schema, json.loads(await request.body()), datetime.now(UTC))
        explained = model.explain(model.matrix(*to_history(model.schema, [lead])))
        contributions = dict(zip(names, explained.contributions[0].tolist(), strict=True))
        probability = float(explained.probability[0])
        return JSONResponse({"probability": probability, "base_value": explained.base_value, "reasons": contributions})

    return Starlette(routes=[Route("/score", score, methods=["POST"])])


if __name__ == "__main__":
    app = bare_app(Path(sys.argv[1]))
    settle()
    uvicorn.run(app, port=int(sys.argv[2]), log_level="warning", access_log=False)
