import pytest
from sanic import Sanic

from common.auth import Accounts
from common.errors import FrontDoorError
from common.web import SESSION_COOKIE, answer_error
from tests.tickets.builders import Clock, a_new_ticket
from tickets.api import create_blueprint
from tickets.service import Tickets

# sanic-testing still imports what websockets calls legacy.
pytestmark = pytest.mark.filterwarnings("ignore:websockets.*:DeprecationWarning")


@pytest.fixture
async def desk(sqlite):
    """Return `get(path, role)`, which calls the API as a user of that role (None: nobody)."""
    app = Sanic("tickets-api", configure_logging=False)
    app.blueprint(create_blueprint())
    app.exception(FrontDoorError)(lambda request, error: answer_error(error))
    app.ctx.tickets = Tickets(sqlite, Clock())
    app.ctx.accounts = accounts = Accounts(sqlite)

    async def get(path, role="agent"):
        headers = {}
        if role:
            await accounts.add(username=role, name=role, role=role, password="long enough 1")
            _, token = await accounts.sign_in(role, "long enough 1")
            headers["cookie"] = f"{SESSION_COOKIE}={token}"
        _, response = await app.asgi_client.get(path, headers=headers)
        return response

    get.tickets = app.ctx.tickets
    return get


async def test_a_ticket_is_shown_with_its_phone_masked_and_its_labels(desk):
    number = (await desk.tickets.register(a_new_ticket(), "m1")).number
    response = await desk(f"/api/tickets/{number}")
    assert response.status == 200
    ticket = response.json["ticket"]
    assert ticket["phone"] == "138****8000"
    assert ticket["priority_label"] == "重要"
    assert ticket["type_label"] == "故障报修"
    assert ticket["assess_by"] == "2026-03-10T06:00:00.000Z"
    assert "13800138000" not in response.text


async def test_the_list_is_newest_first_and_searched(desk):
    for index in range(3):
        await desk.tickets.register(a_new_ticket(symptom=f"断了{index}"), f"m{index}")
    response = await desk("/api/tickets?q=断了1")
    assert response.status == 200
    assert response.json["total"] == 1
    assert response.json["tickets"][0]["symptom"] == "断了1"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/tickets/20260310-0404", 404, "ticket_not_found"),
        ("/api/tickets/nonsense", 404, "ticket_not_found"),
        ("/api/tickets?status=lost", 422, "ticket_status_unknown"),
        ("/api/tickets?page=0", 422, "invalid_input"),
        ("/api/tickets?page=x", 422, "invalid_input"),
    ],
)
async def test_a_wrong_request_gets_its_reason(desk, path, status, code):
    response = await desk(path)
    assert (response.status, response.json["error"]["code"]) == (status, code)


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("editor", 403), ("admin", 200)])
@pytest.mark.parametrize("path", ["/api/tickets", "/api/tickets/20260310-0001"])
async def test_tickets_are_for_agents_supervisors_and_admins(desk, path, role, status):
    await desk.tickets.register(a_new_ticket(), "m1")
    assert (await desk(path, role)).status == status
