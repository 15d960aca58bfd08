"""Running the public server, one process or several."""

from __future__ import annotations

from functools import partial
from typing import Any

from sanic import Sanic
from sanic.worker.loader import AppLoader

from common import log
from common.settings import Settings
from server.app import create_app


def _configured_app(settings: Settings) -> Sanic[Any, Any]:
    log.configure(settings.log_level)
    return create_app(settings)


def serve(settings: Settings) -> None:
    """Listen until told to stop."""
    log.configure(settings.log_level)
    loader = AppLoader(factory=partial(_configured_app, settings))
    app = loader.load()
    single = settings.server_workers == 1
    app.prepare(
        host=settings.host,
        port=settings.port,
        workers=settings.server_workers,
        single_process=single,
        motd=False,
        access_log=False,
        backlog=2048,
    )
    if single:
        Sanic.serve_single(primary=app)
    else:
        Sanic.serve(primary=app, app_loader=loader)
