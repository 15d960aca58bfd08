"""Teams and the duty roster over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty

from common.web import answer, open_to
from handoff.duty import Duty
from handoff.hours import Hours
from handoff.routing import Team
from handoff.teams import Teams

DESK = ("agent", "supervisor")


class SaveTeam(msgspec.Struct):
    """A team: what it takes, where that goes when nobody takes it, its people, hours and limits.

    What is null is as the desk's settings say; `version` is the one it was made from, null for
    whatever is there.
    """

    name: str
    reasons: list[str] = []
    categories: list[str] = []
    overflow_seconds: int | None = None
    overflow_to: str | None = None
    members: list[str] = []
    assignment: str | None = None
    most_waiting: int | None = None
    longest_wait_seconds: int | None = None
    hours: dict[str, Any] | None = None
    version: int | None = None


class SaveDuty(msgspec.Struct):
    """User names of who is on duty, by day such as 2026-10-01; days left out stay."""

    duty: dict[str, list[str]]


def create_blueprint() -> Blueprint:
    """Make the routes."""
    blueprint = Blueprint("teams", url_prefix="/api")

    @blueprint.get("/teams")
    @open_to(*DESK)
    async def list_teams(request: Request) -> HTTPResponse:
        """Read the teams: what comes to them, who is in them, when they are open."""
        return answer({"teams": await _teams(request).list()})

    @blueprint.post("/teams")
    @open_to("supervisor", body=SaveTeam)
    async def add_team(request: Request, body: SaveTeam) -> HTTPResponse:
        """Make a team."""
        return answer({"team": await _save(request, None, body)}, status=201)

    @blueprint.put("/teams/<team_id:str>")
    @open_to("supervisor", body=SaveTeam)
    async def change_team(request: Request, team_id: str, body: SaveTeam) -> HTTPResponse:
        """Change a team; what is left out becomes empty."""
        return answer({"team": await _save(request, team_id, body)})

    @blueprint.delete("/teams/<team_id:str>")
    @open_to("supervisor")
    async def delete_team(request: Request, team_id: str) -> HTTPResponse:
        """Remove a team; who waits for it is everyone's from then on."""
        await _teams(request).delete(team_id, by=request.ctx.user)
        return empty()

    @blueprint.get("/duty")
    @open_to(*DESK)
    async def get_desk_duty(request: Request) -> HTTPResponse:
        """Read who is on duty for the whole desk in the next 60 days, and who is expected today."""
        return answer(await _duty(request).roster(None))

    @blueprint.put("/duty")
    @open_to("supervisor", body=SaveDuty)
    async def set_desk_duty(request: Request, body: SaveDuty) -> HTTPResponse:
        """Write who is on duty for the whole desk on the days named."""
        return answer(await _duty(request).save(None, body.duty, by=request.ctx.user))

    @blueprint.get("/teams/<team_id:str>/duty")
    @open_to(*DESK)
    async def get_duty(request: Request, team_id: str) -> HTTPResponse:
        """Read who of a team is on duty in the next 60 days, and who is expected today."""
        return answer(await _duty(request).roster(team_id))

    @blueprint.put("/teams/<team_id:str>/duty")
    @open_to("supervisor", body=SaveDuty)
    async def set_duty(request: Request, team_id: str, body: SaveDuty) -> HTTPResponse:
        """Write who of a team is on duty on the days named."""
        return answer(await _duty(request).save(team_id, body.duty, by=request.ctx.user))

    return blueprint


def _teams(request: Request) -> Teams:
    return request.app.ctx.teams


def _duty(request: Request) -> Duty:
    return request.app.ctx.duty


async def _save(request: Request, team_id: str | None, body: SaveTeam) -> dict[str, Any]:
    wanted = Team(
        id="",
        name=body.name,
        reasons=frozenset(body.reasons),
        categories=frozenset(body.categories),
        overflow_after=_time(body.overflow_seconds),
        overflow_to=body.overflow_to or None,
        assignment=body.assignment,
        most_waiting=body.most_waiting,
        longest_wait=_time(body.longest_wait_seconds),
        hours=None if body.hours is None else Hours.from_json(body.hours),
    )
    return await _teams(request).save(
        team_id, wanted, body.members, by=request.ctx.user, read_at=body.version
    )


def _time(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
