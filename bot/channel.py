"""The only way into Rasa: our server's requests for one turn of dialogue, over loopback.

POST /webhooks/frontdoor/turn     one message in, all replies and the slots out
GET  /webhooks/frontdoor/health   200 once a model is loaded

Rasa calls `blueprint` with a callback that takes a message and returns nothing. We do not use it:
whether a message was answered before must be asked inside the conversation's lock, and an error
must reach the caller (`bot.turn`).
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from typing import Any, Awaitable, Callable, Dict, Optional

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot import failures, speedups
from bot.failures import ActionFailed
from bot.request import BadRequest, TurnRequest, read_turn_request
from bot.turn import CHANNEL, run_turn

logger = logging.getLogger(__name__)

speedups.apply()
failures.apply()


class FrontDoorInput(InputChannel):
    """Answers our own server, and nobody else."""

    def __init__(self, token: str) -> None:
        """Remember the token that every request for a turn has to carry."""
        self._token = token.encode()
        # The event loop keeps only weak references to tasks.
        self._running: set[asyncio.Task[Dict[str, Any]]] = set()

    @classmethod
    def name(cls) -> str:
        """The path below /webhooks/, and the channel name in responses."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[str, Any]]) -> FrontDoorInput:
        """Read credentials.yml.

        Raises:
            RasaException: there is no token. An open door must not open by accident.
        """
        token = str((credentials or {}).get("token") or "").strip()
        if not token:
            raise RasaException(
                "bot.channel.FrontDoorInput needs a token in credentials.yml: "
                "set FRONTDOOR_RASA_TOKEN to the same secret for Rasa and for the server."
            )
        return cls(token)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Declare the two routes."""
        routes = Blueprint(CHANNEL)

        @routes.get("/health")
        async def health(request: Request) -> HTTPResponse:
            if _ready_agent(request) is None:
                return _error(503, "not_ready", "no model is loaded yet")
            return json({"status": "ok"})

        @routes.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            if not self._is_from_our_server(request):
                return _error(401, "wrong_token", "the bearer token is missing or wrong")
            agent = _ready_agent(request)
            if agent is None:
                return _error(503, "not_ready", "no model is loaded yet")
            try:
                wanted = read_turn_request(request.body)
            except BadRequest as error:
                return _error(422, error.code, str(error))
            try:
                return json(await self._run_to_the_end(agent, wanted))
            except ActionFailed as failed:
                # Rasa said why just now; the traceback through both web servers says no more.
                logger.warning(
                    "turn failed: conversation %s, message %s: %s",
                    wanted.conversation_id,
                    wanted.message_id,
                    failed,
                )
                return _error(500, "turn_failed", "the turn failed; nothing of it was saved")
            except Exception:  # the edge of the process
                logger.exception(
                    "turn failed: conversation %s, message %s",
                    wanted.conversation_id,
                    wanted.message_id,
                )
                return _error(500, "turn_failed", "the turn failed; nothing of it was saved")

        @routes.listener("after_server_start")
        async def check(app: Sanic, _: asyncio.AbstractEventLoop) -> None:
            if getattr(app.ctx, "agent", None) is not None:
                failures.refuse_trackers_in_memory(app.ctx.agent)

        @routes.listener("after_server_stop")
        async def close(app: Sanic, _: asyncio.AbstractEventLoop) -> None:
            await speedups.close_connections()

        return routes

    def _is_from_our_server(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), b"Bearer " + self._token)

    async def _run_to_the_end(self, agent: Agent, wanted: TurnRequest) -> Dict[str, Any]:
        # A caller who hangs up will ask again with the same message id. A turn cut off half-way
        # would run its actions a second time then; one that was finished is only read back.
        task = asyncio.create_task(run_turn(agent, wanted))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)


def _ready_agent(request: Request) -> Optional[Agent]:
    agent = getattr(request.app.ctx, "agent", None)
    return agent if agent is not None and agent.is_ready() else None


def _error(status: int, code: str, message: str) -> HTTPResponse:
    return json({"error": {"code": code, "message": message}}, status=status)
