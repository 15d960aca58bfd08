"""Is it alive, is it ready, how is it doing."""

from __future__ import annotations

import os

import httpx
import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import raw
from sqlalchemy.exc import SQLAlchemyError

from common.errors import Unavailable
from common.web import answer, open_to
from handoff import store
from server.migrate import schema_is_current


def process() -> str:
    """Return the name of this process in the metrics."""
    return str(os.getpid())


class Metrics:
    """What /metrics tells: counts of this process, and states read from the database."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "frontdoor_requests_total",
            "Answers by status code, of the process that was asked.",
            ["process", "status"],
            registry=self.registry,
        )
        self.conversations = Gauge(
            "frontdoor_conversations",
            "Open conversations by status, of the whole installation.",
            ["status"],
            registry=self.registry,
        )
        self.sockets = Gauge(
            "frontdoor_sockets",
            "Open sockets of the process that was asked.",
            ["process", "side"],
            registry=self.registry,
        )


def create_blueprint(metrics: Metrics) -> Blueprint:
    """Make the routes for whoever runs the server."""
    blueprint = Blueprint("health")

    @blueprint.get("/healthz")
    @open_to("anyone")
    async def healthz(request: Request) -> HTTPResponse:
        """Whether this process answers."""
        return answer({"status": "alive"})

    @blueprint.get("/readyz")
    @open_to("anyone")
    async def readyz(request: Request) -> HTTPResponse:
        """Whether all parts can be reached; says which cannot."""
        parts = {
            "database": await _database_problem(request),
            "rasa": None if await request.app.ctx.world.rasa.is_ready() else "cannot be reached",
            "actions": await _actions_problem(request.app.ctx.settings.actions_url),
        }
        embedder = await request.app.ctx.kb.embedder_state()
        ready = not any(parts.values())
        return answer(
            {
                "status": "ready" if ready else "not_ready",
                "parts": {name: problem or "ok" for name, problem in parts.items()},
                # Without it the search goes on by words, so it does not make us unready.
                "embedder": {
                    "name": embedder.name,
                    "status": embedder.status.value,
                    "missing": embedder.missing,
                    "reason": embedder.reason,
                },
            },
            status=200 if ready else 503,
        )

    @blueprint.get("/metrics")
    @open_to("anyone")
    async def show_metrics(request: Request) -> HTTPResponse:
        """Figures for Prometheus: counts only, nothing about any person."""
        ctx = request.app.ctx
        async with ctx.db.connect() as conn:
            counts = await store.count_by_status(conn)
        for status in ("bot", "queued", "offered", "active"):
            metrics.conversations.labels(status).set(counts.get(status, 0))
        metrics.sockets.labels(process(), "customer").set(len(ctx.customers))
        metrics.sockets.labels(process(), "agent").set(len(ctx.consoles))
        return raw(generate_latest(metrics.registry), content_type="text/plain; version=0.0.4")

    return blueprint


async def _database_problem(request: Request) -> str | None:
    try:
        async with request.app.ctx.db.connect() as conn:
            await conn.execute(sa.text("SELECT 1"))
            current = await schema_is_current(conn)
    except (SQLAlchemyError, OSError, Unavailable) as error:
        return f"cannot be reached: {type(error).__name__}"
    return None if current else "needs `frontdoor db upgrade`"


async def _actions_problem(url: str) -> str | None:
    try:
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            response = await client.get(f"{url}/health")
    except httpx.HTTPError:
        return "cannot be reached"
    return None if response.status_code == 200 else f"answered {response.status_code}"
