"""A web API that logs into the journal, and reads back by field what it said of one order.

    pip install pm2go starlette uvicorn
    uvicorn --app-dir examples orders:app
    curl -X POST http://127.0.0.1:8000/orders/17
    curl http://127.0.0.1:8000/orders/17/log
    journalctl ORDER_ID=17

FastAPI takes the same functions (`app.add_route("/orders/{number:int}", place, ["POST"])`), and Django the same handler:
`LOGGING = {"version": 1, "handlers": {"journal": {"class": "pm2go.journal.JournalHandler", "identifier": "orders"}}, ...}`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

import pm2go.journal

if TYPE_CHECKING:
    from starlette.requests import Request

NAME = "orders"
log = logging.getLogger(NAME)
log.setLevel(logging.INFO)
log.addHandler(pm2go.journal.JournalHandler(identifier=NAME))


async def place(request: Request) -> JSONResponse:
    """Take an order; what is given by `extra` becomes fields of the entry."""
    number = request.path_params["number"]
    log.info("order %d was placed", number, extra={"order_id": number, "client": request.client})
    return JSONResponse({"order": number}, status_code=201)


async def said(request: Request) -> JSONResponse:
    """Tell what was logged of an order, the oldest first."""
    matches = {"ORDER_ID": request.path_params["number"], "SYSLOG_IDENTIFIER": NAME}
    entries = pm2go.journal.read(matches=matches, fields=["MESSAGE", "PRIORITY"], lines=100)
    return JSONResponse(
        [{"time": entry.timestamp.isoformat(), "message": entry.message} async for entry in entries]
    )


app = Starlette(
    routes=[
        Route("/orders/{number:int}", place, methods=["POST"]),
        Route("/orders/{number:int}/log", said),
    ]
)
