"""Running the public server, one process or several."""

from __future__ import annotations

import logging
import os
import signal
import threading
from time import sleep
from typing import Any

from sanic import Sanic
from sanic.worker.constants import ProcessState
from sanic.worker.manager import WorkerManager

from common import log
from common.settings import Settings
from server.app import create_app

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5


def serve(settings: Settings) -> None:
    """Listen until told to stop."""
    log.configure(settings.log_level)
    app = create_app(settings)
    single = settings.server_workers == 1
    # A process that was killed is replaced at once: nothing has to be imported again.
    Sanic.start_method = "fork"
    os.register_at_fork(after_in_child=_end_when_told)
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
        return

    @app.main_process_ready
    async def watch(app: Sanic[Any, Any]) -> None:
        threading.Thread(target=_replace_dead, args=(app.manager,), daemon=True).start()

    Sanic.serve(primary=app)


def _end_when_told() -> None:
    """Drop what a new process has of its parent's ways to stop, until it has its own."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _replace_dead(manager: WorkerManager) -> None:
    """Start processes anew that ended by themselves, or were killed.

    Sanic only takes down that they failed, and goes on listening in their place.
    """
    while True:
        sleep(LOOK_SECONDS)
        for process in list(manager.transient_processes):
            if process.state in (ProcessState.FAILED, ProcessState.COMPLETED):
                logger.warning("%s ended by itself; starting it anew", process.name)
                # As its own workers ask for it: the manager's loop does it.
                manager.monitor_publisher.send(f"{process.name}:")
