"""`GET /` and `GET /openapi.json`: what the service answers to, by the settings of its model."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from serving.api.services import services_of


async def index(request: Request) -> Response:
    """List the routes, and name the model that answers."""
    document = services_of(request).current.openapi
    routes = {
        f"{method.upper()} {path}": operation["summary"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    version = services_of(request).champion.version
    return JSONResponse(
        {"service": document["info"]["title"], "model": version.model_dump(mode="json"), "routes": routes}
    )


async def openapi(request: Request) -> Response:
    """Describe every route for machines."""
    return JSONResponse(services_of(request).current.openapi)
