"""A web API that tells browsers what happens to the apps, as Server-Sent Events.

    pip install pm2go starlette uvicorn
    uvicorn --app-dir examples sse:app
    curl --no-buffer http://127.0.0.1:8000/events
    curl --no-buffer 'http://127.0.0.1:8000/units?pattern=ssh*&pattern=*.timer'

Each reader has a watch of its own, which ends when the reader goes away: `async with` sees to that. In a
browser, `new EventSource("/events")` gets one message for each event; its type is the event's kind.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

import pm2go

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request


def message(event: pm2go.UnitEvent) -> str:
    """Write one event the way `EventSource` reads it."""
    return f"id: {event.sequence}\nevent: {event.kind}\ndata: {json.dumps(event.to_dict(), default=str)}\n\n"


async def messages(watch: pm2go.Watch) -> AsyncIterator[str]:
    """Write the events of a watch as they come, and end it with its reader."""
    async with watch:
        async for event in watch:
            yield message(event)


def stream(watch: pm2go.Watch) -> StreamingResponse:
    """Answer with what a watch has to tell."""
    return StreamingResponse(
        messages(watch), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


async def events(request: Request) -> StreamingResponse:
    """Tell what happens to the apps."""
    manager: pm2go.AsyncManager = request.app.state.manager
    return stream(manager.watch_units())


async def units(request: Request) -> StreamingResponse:
    """Tell what happens to the units whose names match."""
    manager: pm2go.AsyncManager = request.app.state.manager
    return stream(manager.systemd.watch_units(*request.query_params.getlist("pattern")))


async def refused(_: Request, error: Exception) -> JSONResponse:
    """Answer a wrong pattern, and a systemd that cannot be watched, with the reason."""
    status = 400 if isinstance(error, pm2go.ConfigError) else 503
    return JSONResponse({"error": str(error)}, status_code=status)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Have one manager as long as the server runs; closing it ends the watches."""
    async with pm2go.AsyncManager() as manager:
        app.state.manager = manager
        yield


app = Starlette(
    routes=[Route("/events", events), Route("/units", units)],
    exception_handlers={pm2go.Pm2goError: refused},
    lifespan=lifespan,
)
