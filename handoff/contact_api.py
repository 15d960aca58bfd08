"""What staff decide about a customer, over HTTP."""

from __future__ import annotations

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from common.web import answer, open_to
from handoff.contacts import Contacts


class SetLevel(msgspec.Struct):
    """A customer's level: `vip`, or empty for an ordinary one."""

    level: str


def create_blueprint() -> Blueprint:
    """Make the routes under /api/desk/contacts."""
    blueprint = Blueprint("contacts", url_prefix="/api/desk/contacts")

    @blueprint.put("/<contact_id:str>/level")
    @open_to("supervisor", body=SetLevel)
    async def set_level(request: Request, contact_id: str, body: SetLevel) -> HTTPResponse:
        """Say whether a customer is an important one, on all accounts of theirs."""
        contacts: Contacts = request.app.ctx.contacts
        level = await contacts.set_level(contact_id, body.level, request.ctx.user)
        return answer({"contact": {"id": contact_id, "level": level.value}})

    return blueprint
