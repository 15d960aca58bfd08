"""Webhooks over HTTP, for administrators only: they decide what leaves the house."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty

from common.web import answer, open_to, whole_number
from webhooks.delivery import Sender
from webhooks.service import Webhooks

KEEPERS = ("admin",)
MOST_LISTED = 100


class NewWebhook(msgspec.Struct):
    """Where to send, which events (`ticket.registered`, `conversation.*`), and what it is for."""

    url: str
    events: list[str]
    description: str = ""


class ChangeWebhook(NewWebhook, kw_only=True):
    """The whole webhook. `missed`: when switched on, also send what happened while it was off."""

    enabled: bool
    missed: bool = False


class Since(msgspec.Struct):
    """An instant, with its zone."""

    since: Annotated[datetime, msgspec.Meta(tz=True)]


def create_blueprint() -> Blueprint:
    """Make the routes; they use `app.ctx.webhooks` and `app.ctx.webhook_sender`."""
    blueprint = Blueprint("webhooks", url_prefix="/api/webhooks")

    @blueprint.get("/")
    @open_to(*KEEPERS)
    async def list_webhooks(request: Request) -> HTTPResponse:
        """Read all webhooks; no secret is shown."""
        return answer({"webhooks": await _webhooks(request).all()})

    @blueprint.post("/")
    @open_to(*KEEPERS, body=NewWebhook)
    async def add_webhook(request: Request, body: NewWebhook) -> HTTPResponse:
        """Make a webhook. The answer has its secret, which is never shown again."""
        webhook, secret = await _webhooks(request).add(
            body.url, body.events, body.description, by=request.ctx.user
        )
        return answer({"webhook": webhook, "secret": secret}, status=201)

    @blueprint.put("/<webhook_id:str>")
    @open_to(*KEEPERS, body=ChangeWebhook)
    async def change_webhook(
        request: Request, webhook_id: str, body: ChangeWebhook
    ) -> HTTPResponse:
        """Change a webhook, switch it on or off."""
        webhook = await _webhooks(request).change(
            webhook_id,
            body.url,
            body.events,
            body.description,
            enabled=body.enabled,
            missed=body.missed,
            by=request.ctx.user,
        )
        return answer({"webhook": webhook})

    @blueprint.delete("/<webhook_id:str>")
    @open_to(*KEEPERS)
    async def delete_webhook(request: Request, webhook_id: str) -> HTTPResponse:
        """Remove a webhook, what waits for it, and its log."""
        await _webhooks(request).delete(webhook_id, by=request.ctx.user)
        return empty()

    @blueprint.post("/<webhook_id:str>/secret")
    @open_to(*KEEPERS)
    async def change_secret(request: Request, webhook_id: str) -> HTTPResponse:
        """Give a webhook a new secret, shown in the answer only; the old one signs for a day."""
        webhook, secret = await _webhooks(request).change_secret(webhook_id, by=request.ctx.user)
        return answer({"webhook": webhook, "secret": secret})

    @blueprint.post("/<webhook_id:str>/test")
    @open_to(*KEEPERS)
    async def try_out(request: Request, webhook_id: str) -> HTTPResponse:
        """Send a `webhook.test`, once and now, and say what came of it."""
        sender: Sender = request.app.ctx.webhook_sender
        return answer({"delivery": await sender.try_out(webhook_id)})

    @blueprint.get("/<webhook_id:str>/deliveries")
    @open_to(*KEEPERS)
    async def list_deliveries(request: Request, webhook_id: str) -> HTTPResponse:
        """Read the delivery log, newest first: `status`, `limit`, and `before` an id to go on."""
        found = await _webhooks(request).deliveries(
            webhook_id,
            status=request.args.get("status"),
            before=request.args.get("before"),
            limit=whole_number(request, "limit", 50, low=1, high=MOST_LISTED),
        )
        return answer({"deliveries": found})

    @blueprint.post("/<webhook_id:str>/deliveries/<delivery_id:str>/replay")
    @open_to(*KEEPERS)
    async def replay(request: Request, webhook_id: str, delivery_id: str) -> HTTPResponse:
        """Send one delivery again, under the same id."""
        delivery = await _webhooks(request).replay(webhook_id, delivery_id, by=request.ctx.user)
        return answer({"delivery": delivery}, status=202)

    @blueprint.post("/<webhook_id:str>/replay")
    @open_to(*KEEPERS, body=Since)
    async def replay_failed(request: Request, webhook_id: str, body: Since) -> HTTPResponse:
        """Send all again that were given up since an instant."""
        count = await _webhooks(request).replay_failed(webhook_id, body.since, by=request.ctx.user)
        return answer({"count": count}, status=202)

    return blueprint


def _webhooks(request: Request) -> Webhooks:
    return request.app.ctx.webhooks
