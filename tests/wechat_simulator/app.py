"""The Sanic app: WeChat's API, and the control of the simulator beside it."""

from __future__ import annotations

import socket
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from sanic import Sanic

from tests.wechat_simulator import control, wire
from tests.wechat_simulator.simulator import Simulator

_numbers = count(1)


def create_app(simulator: Simulator) -> Sanic[Any, Any]:
    """Return an app that plays this simulator's WeChat."""
    app: Sanic[Any, Any] = Sanic(f"wechat_simulator_{next(_numbers)}", configure_logging=False)
    app.config.FALLBACK_ERROR_FORMAT = "json"
    # Rewriting Sanic's own methods is slow, and fails for the second app in a process.
    app.config.TOUCHUP = False
    wire.add_routes(app, simulator)
    control.add_routes(app, simulator)
    return app


@asynccontextmanager
async def serving(simulator: Simulator, port: int = 0) -> AsyncIterator[str]:
    """Serve on loopback in this process until the block ends; gives the base URL."""
    app = create_app(simulator)
    listening = socket.create_server(("127.0.0.1", port))
    simulator.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with warnings.catch_warnings():
        # Sanic looks for its testing package, which imports an ageing part of websockets.
        warnings.simplefilter("ignore", DeprecationWarning)
        server: Any = await app.create_server(
            sock=listening, return_asyncio_server=True, access_log=False
        )
    await server.startup()
    try:
        yield simulator.url
    finally:
        await simulator.close()
        await server.close()
        for connection in list(server.connections):
            connection.close()
