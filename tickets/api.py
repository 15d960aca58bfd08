"""Tickets over HTTP: the consoles' list and one ticket. Phones are masked (see `tickets.view`)."""

from __future__ import annotations

from sanic import Blueprint, HTTPResponse, Request

from common.web import answer, open_to, whole_number
from tickets.service import MAX_PAGE_SIZE
from tickets.view import to_json

READERS = ("agent", "supervisor", "admin")


def create_blueprint() -> Blueprint:
    """Make the blueprint; its handlers use `app.ctx.tickets`."""
    blueprint = Blueprint("tickets", url_prefix="/api/tickets")

    @blueprint.get("/")
    @open_to(*READERS)
    async def list_tickets(request: Request) -> HTTPResponse:
        """Tickets, newest first; `q` looks in number, name, phone, place and symptom."""
        page = await request.app.ctx.tickets.list(
            query=request.args.get("q", ""),
            status=request.args.get("status"),
            page=whole_number(request, "page", 1, low=1, high=10**6),
            page_size=whole_number(request, "page_size", 20, low=1, high=MAX_PAGE_SIZE),
        )
        return answer(
            {
                "tickets": [to_json(ticket) for ticket in page.tickets],
                "total": page.total,
                "page": page.page,
                "page_size": page.page_size,
            }
        )

    @blueprint.get("/<number:str>")
    @open_to(*READERS)
    async def get_ticket(request: Request, number: str) -> HTTPResponse:
        """One ticket."""
        return answer({"ticket": to_json(await request.app.ctx.tickets.get_by_number(number))})

    return blueprint
