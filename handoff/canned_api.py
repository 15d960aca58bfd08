"""Canned responses over HTTP."""

from __future__ import annotations

import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty

from common.auth import User
from common.web import answer, open_to
from handoff.canned import CannedResponses
from handoff.canned_model import CannedResponse

DESK = ("agent", "supervisor")


class SaveCanned(msgspec.Struct):
    """A canned response: one's own if personal, else shared, for one team or for everyone.

    `version` is the one it was made from, null for whatever is there.
    """

    title: str
    text: str
    shortcut: str = ""
    category: str = ""
    team_id: str | None = None
    personal: bool = False
    version: int | None = None


def create_blueprint() -> Blueprint:
    """Make the routes."""
    blueprint = Blueprint("canned", url_prefix="/api")

    @blueprint.get("/canned-responses")
    @open_to(*DESK)
    async def list_canned(request: Request) -> HTTPResponse:
        """Read what one may put into replies, with how often one did."""
        return answer({"canned_responses": await _canned(request).list(request.ctx.user)})

    @blueprint.post("/canned-responses")
    @open_to(*DESK, body=SaveCanned)
    async def add_canned(request: Request, body: SaveCanned) -> HTTPResponse:
        """Make one; shared ones are made by supervisors."""
        user = request.ctx.user
        saved = await _canned(request).save(None, _wanted(body, user), by=user)
        return answer({"canned_response": saved}, status=201)

    @blueprint.put("/canned-responses/<canned_id:str>")
    @open_to(*DESK, body=SaveCanned)
    async def change_canned(request: Request, canned_id: str, body: SaveCanned) -> HTTPResponse:
        """Change one; what is left out becomes empty."""
        user = request.ctx.user
        saved = await _canned(request).save(
            canned_id, _wanted(body, user), by=user, read_at=body.version
        )
        return answer({"canned_response": saved})

    @blueprint.delete("/canned-responses/<canned_id:str>")
    @open_to(*DESK)
    async def delete_canned(request: Request, canned_id: str) -> HTTPResponse:
        """Remove one."""
        await _canned(request).delete(canned_id, by=request.ctx.user)
        return empty()

    @blueprint.post("/canned-responses/<canned_id:str>/used")
    @open_to(*DESK)
    async def used(request: Request, canned_id: str) -> HTTPResponse:
        """Say that one put it into a reply; what one uses most comes first."""
        await _canned(request).used(canned_id, request.ctx.user)
        return answer({})

    return blueprint


def _canned(request: Request) -> CannedResponses:
    return request.app.ctx.canned


def _wanted(body: SaveCanned, user: User) -> CannedResponse:
    return CannedResponse(
        id="",
        title=body.title,
        text=body.text,
        shortcut=body.shortcut,
        category=body.category,
        team_id=body.team_id or None,
        owner_id=user.id if body.personal else None,
    )
