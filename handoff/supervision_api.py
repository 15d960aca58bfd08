"""The supervisor's view over HTTP. What else supervisors do to a conversation is in `api`."""

from __future__ import annotations

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from common.web import answer, open_to, whole_number
from handoff.supervision import Supervision

MOST_PAGES = 10_000
MOST_HOURS = 7 * 24


class Whisper(msgspec.Struct):
    """Words for the agent who serves the conversation."""

    text: str


class DecidePresence(msgspec.Struct):
    """What an agent's presence shall be, and why."""

    presence: str
    reason: str = ""


class SetCapacity(msgspec.Struct):
    """How many conversations an agent holds at once."""

    capacity: int


def create_blueprint() -> Blueprint:
    """Make the routes under /api/supervision."""
    blueprint = Blueprint("supervision", url_prefix="/api/supervision")

    @blueprint.get("/overview")
    @open_to("supervisor")
    async def overview(request: Request) -> HTTPResponse:
        """Read who waits and since when, by team, who is served, and who is there to serve."""
        return answer(await _supervision(request).overview())

    @blueprint.get("/conversations")
    @open_to("supervisor")
    async def conversations(request: Request) -> HTTPResponse:
        """Read a page of the open conversations: status, team, agent, reason, q, page."""
        wanted = {
            name: request.args.get(name, "") for name in ("status", "team", "agent", "reason")
        }
        found = await _supervision(request).conversations(
            **wanted,
            words=request.args.get("q", ""),
            page=whole_number(request, "page", 1, low=1, high=MOST_PAGES),
        )
        return answer(found)

    @blueprint.get("/agents")
    @open_to("supervisor")
    async def agents(request: Request) -> HTTPResponse:
        """Read who serves the queue: presence, load, capacity, teams, when last heard of."""
        return answer({"agents": await _supervision(request).agents()})

    @blueprint.get("/alerts")
    @open_to("supervisor")
    async def alerts(request: Request) -> HTTPResponse:
        """Read what went wrong in the last `hours`, newest first."""
        hours = whole_number(request, "hours", 12, low=1, high=MOST_HOURS)
        return answer({"alerts": await _supervision(request).alerts(hours)})

    @blueprint.post("/agents/<agent_id:str>/presence")
    @open_to("supervisor", body=DecidePresence)
    async def set_presence(request: Request, agent_id: str, body: DecidePresence) -> HTTPResponse:
        """Change an agent's presence; who is made offline gives back what they have."""
        agent = await _supervision(request).set_presence(
            agent_id, body.presence, body.reason, request.ctx.user
        )
        return answer({"agent": agent})

    @blueprint.put("/agents/<agent_id:str>/capacity")
    @open_to("supervisor", body=SetCapacity)
    async def set_capacity(request: Request, agent_id: str, body: SetCapacity) -> HTTPResponse:
        """Say how many conversations an agent holds at once."""
        agent = await _supervision(request).set_capacity(agent_id, body.capacity, request.ctx.user)
        return answer({"agent": agent})

    @blueprint.post("/conversations/<conversation_id:str>/whisper")
    @open_to("supervisor", body=Whisper)
    async def whisper(request: Request, conversation_id: str, body: Whisper) -> HTTPResponse:
        """Tell the agent who serves a conversation something; the customer never sees it."""
        note = await request.app.ctx.notes.whisper(conversation_id, request.ctx.user, body.text)
        return answer({"note": note}, status=201)

    return blueprint


def _supervision(request: Request) -> Supervision:
    return request.app.ctx.supervision
