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


async def test_a_number_in_the_customers_own_words_is_masked_wherever_it_stands(desk):
    words = "到了打13800138000"
    details = {"shown": words}
    ticket = a_new_ticket(symptom=words, place=words, hoped_time=words, details=details)
    number = (await desk.tickets.register(ticket, "m1")).number

    response = await desk(f"/api/tickets/{number}")

    assert response.json["ticket"]["place"] == "到了打138****8000"
    assert "13800138000" not in response.text


async def test_details_have_labels_and_what_identifies_a_device_is_masked(desk):
    details = {
        "device_model": "小米14",
        "serial_number": "2102AB3C4D5E",
        "imei": "490154203237518",
        "warranty": "out",
        "service_number": "0571-88886666",
        "account": "hz057188",
        "shown": "红灯",
    }
    number = (await desk.tickets.register(a_new_ticket(details=details), "m1")).number
    ticket = (await desk(f"/api/tickets/{number}")).json["ticket"]
    assert ticket["details"] == {
        "shown": {"label": "指示灯或提示", "value": "红灯"},
        "device_model": {"label": "设备型号", "value": "小米14"},
        "serial_number": {"label": "序列号", "value": "********4D5E"},
        "imei": {"label": "IMEI", "value": "***********7518"},
        "warranty": {"label": "保修", "value": "可能已过保修期"},
        "service_number": {"label": "业务号码", "value": "0571-****6666"},
        "account": {"label": "账号", "value": "****7188"},
    }
    assert (ticket["since_at"], ticket["since_precision"]) == (
        "2026-03-09T10:00:00.000Z",
        "part_of_day",
    )


async def test_words_in_place_of_a_code_are_not_masked(desk):
    details = {"serial_number": "不清楚", "service_number": "不知道"}
    number = (await desk.tickets.register(a_new_ticket(details=details), "m1")).number
    shown = (await desk(f"/api/tickets/{number}")).json["ticket"]["details"]
    assert [row["value"] for row in shown.values()] == ["不清楚", "不知道"]


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
