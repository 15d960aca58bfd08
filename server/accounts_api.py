"""Signing in and out of the consoles."""

from __future__ import annotations

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from common.web import SESSION_COOKIE, answer, open_to


class SignIn(msgspec.Struct):
    """A user name and a password."""

    username: str
    password: str


def create_blueprint() -> Blueprint:
    """Make the routes under /api/auth."""
    blueprint = Blueprint("accounts", url_prefix="/api/auth")

    @blueprint.post("/login")
    @open_to("anyone", body=SignIn)
    async def sign_in(request: Request, body: SignIn) -> HTTPResponse:
        """Sign in; the answer sets an HttpOnly cookie."""
        user, token = await request.app.ctx.accounts.sign_in(body.username, body.password)
        response = answer({"user": user.to_json()})
        response.add_cookie(
            SESSION_COOKIE,
            token,
            path="/",
            httponly=True,
            samesite="Strict",
            # Behind nginx the page is https and the cookie must not leave it; on the operator's
            # own machine it is plain http on loopback.
            secure=request.headers.get("x-forwarded-proto") == "https",
            max_age=int(request.app.ctx.settings.sign_in_hours.total_seconds()),
        )
        return response

    @blueprint.post("/logout")
    @open_to("anyone")
    async def sign_out(request: Request) -> HTTPResponse:
        """Sign out."""
        await request.app.ctx.accounts.sign_out(request.cookies.get(SESSION_COOKIE))
        response = answer({})
        response.delete_cookie(SESSION_COOKIE, path="/")
        return response

    @blueprint.get("/me")
    @open_to("agent", "supervisor", "editor")
    async def me(request: Request) -> HTTPResponse:
        """Read who is signed in."""
        return answer({"user": request.ctx.user.to_json()})

    @blueprint.get("/users")
    @open_to("supervisor")
    async def list_users(request: Request) -> HTTPResponse:
        """Read who there is, to pick the members of teams and who is on duty from."""
        users = await request.app.ctx.accounts.list_users()
        return answer({"users": [user.to_json() for user in users]})

    return blueprint
