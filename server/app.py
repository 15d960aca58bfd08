"""The public server: wires everything and turns errors into answers."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import SanicException

from channels.webchat import blueprint as webchat
from channels.webchat.identity import Visitors
from channels.webchat.sockets import SocketRegistry
from channels.wechat import blueprint as wechat
from common.auth import User
from common.errors import FrontDoorError
from common.memory import freeze
from common.settings import Settings
from common.web import answer, answer_error, marked, open_to
from handoff import api as desk_api
from handoff import canned_api, contact_api, supervision_api, team_api
from handoff.sockets import ConsoleRegistry, ConsoleSocket
from knowledgebase import api as knowledgebase_api
from server import accounts_api, health, pages
from server.context import WebchatDesk, World
from server.live import Live
from server.openapi import describe
from server.watching import watch
from tickets import api as tickets_api
from webhooks import api as webhooks_api

logger = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 10 * 1024 * 1024
CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def create_app(settings: Settings, *, name: str = "frontdoor") -> Sanic[Any, Any]:
    """Make the server. Databases and sockets are opened when it starts, not here."""
    app: Sanic[Any, Any] = Sanic(name, configure_logging=False)
    app.config.REQUEST_MAX_SIZE = MAX_REQUEST_BYTES
    app.config.WEBSOCKET_MAX_SIZE = 64 * 1024
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 5.0
    app.config.ACCESS_LOG = False
    app.config.AUTO_EXTEND = False
    app.config.MOTD = False
    app.config.FALLBACK_ERROR_FORMAT = "json"

    customers, consoles, metrics = SocketRegistry(), ConsoleRegistry(), health.Metrics()
    visitors = Visitors(settings.secret_key, settings.visitor_token_days)
    app.ctx.settings, app.ctx.visitors = settings, visitors
    app.ctx.customers, app.ctx.consoles = customers, consoles

    @app.before_server_start
    async def start(app: Sanic[Any, Any]) -> None:
        check_every_route_says_who(app)
        world = World.build(settings)
        Live(customers, consoles, world.desk, world.places).follow(world.hub)
        app.ctx.world, app.ctx.db = world, world.db
        app.ctx.accounts, app.ctx.kb, app.ctx.tickets = world.accounts, world.kb, world.tickets
        app.ctx.handoffs, app.ctx.desk = world.handoffs, world.desk
        app.ctx.notes, app.ctx.supervision = world.notes, world.supervision
        app.ctx.numbers, app.ctx.contacts = world.numbers, world.contacts
        app.ctx.transfers, app.ctx.teams = world.transfers, world.teams
        app.ctx.duty, app.ctx.canned = world.duty, world.canned
        app.ctx.webhooks, app.ctx.webhook_sender = world.webhooks, world.webhook_sender
        app.ctx.webchat = WebchatDesk(world)
        await world.start()
        freeze()
        app.ctx.watching = asyncio.create_task(watch(world.pages, customers))

    @app.after_server_stop
    async def stop(app: Sanic[Any, Any]) -> None:
        app.ctx.watching.cancel()
        await app.ctx.webchat.drain()
        await app.ctx.world.stop()

    async def agent_typing(request: Request, conversation_id: str, user: User) -> None:
        contact_id = await request.app.ctx.desk.typing_to(conversation_id, user)
        request.app.ctx.world.hub.signal(
            "typing", {"contact_id": contact_id, "author": "agent", "name": user.name}
        )
        if conversation_id.startswith("wechat-"):
            request.app.ctx.world.wechat.typing.begins(contact_id)

    def agent_viewing(request: Request, console: ConsoleSocket) -> None:
        user: User = request.ctx.user
        request.app.ctx.world.hub.signal(
            "viewing",
            {
                "console": console.id,
                "user_id": user.id,
                "name": user.name,
                "conversation_id": console.shows,
            },
        )

    app.blueprint(
        webchat.create_blueprint(
            lambda request: request.app.ctx.webchat,
            visitors,
            customers,
            origins=settings.public_origins,
        )
    )
    app.blueprint(wechat.create_blueprint(lambda request: request.app.ctx.world.wechat))
    app.blueprint(desk_api.create_blueprint(consoles, agent_typing, agent_viewing))
    app.blueprint(contact_api.create_blueprint())
    app.blueprint(team_api.create_blueprint())
    app.blueprint(canned_api.create_blueprint())
    app.blueprint(supervision_api.create_blueprint())
    app.blueprint(knowledgebase_api.create_blueprint())
    app.blueprint(tickets_api.create_blueprint())
    app.blueprint(webhooks_api.create_blueprint())
    app.blueprint(accounts_api.create_blueprint())
    app.blueprint(health.create_blueprint(metrics))
    app.blueprint(pages.create_blueprint(pages.Pages()))

    @app.get("/openapi.json")
    @open_to("anyone")
    async def openapi(request: Request) -> HTTPResponse:
        """The API's description."""
        return answer(describe(request.app))

    @app.on_response  # type: ignore[untyped-decorator]
    async def count(request: Request, response: HTTPResponse) -> None:
        metrics.requests.labels(health.process(), str(response.status)).inc()

    _answer_errors(app)
    return app


def _answer_errors(app: Sanic[Any, Any]) -> None:
    @app.exception(FrontDoorError)
    async def ours(request: Request, error: FrontDoorError) -> HTTPResponse:
        return answer_error(error)

    @app.exception(SanicException)
    async def sanics(request: Request, error: SanicException) -> HTTPResponse:
        code = CODES.get(error.status_code, "http_error")
        return answer(
            {"error": {"code": code, "message": str(error)}},
            status=error.status_code,
            headers={str(k): str(v) for k, v in error.headers.items()},
        )

    @app.exception(Exception)
    async def unexpected(request: Request, error: Exception) -> HTTPResponse:
        logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return answer(
            {"error": {"code": "internal_error", "message": "服务出了点问题，请稍后再试。"}},
            status=500,
        )


def check_every_route_says_who(app: Sanic[Any, Any]) -> None:
    """Make sure that no route is open by oversight.

    Raises:
        RuntimeError: a route that nobody said who may call (`common.web.open_to`).
    """
    unmarked = [r.path for r in app.router.routes if not hasattr(marked(r), "open_to")]
    if unmarked:
        raise RuntimeError(f"routes without open_to: {', '.join(unmarked)}")
