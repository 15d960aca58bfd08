"""The agents' desk over the wire."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from common.web import SESSION_COOKIE
from handoff import api
from tests.server.conftest import Site, running_site


async def queued(site: Site, agent) -> tuple[object, str]:
    await agent.post("/api/desk/presence", json={"presence": "online"})
    visitor = await site.visitor()
    message = (await visitor.says("转人工")).json()["message"]
    await site.world.handoffs.request(message["conversation_id"], "customer_request")
    return visitor, message["conversation_id"]


def cookie_of(http) -> dict[str, str]:
    return {"Cookie": f"{SESSION_COOKIE}={http.cookies[SESSION_COOKIE]}"}


async def test_agent_and_customer_write_to_each_other_in_real_time(site: Site):
    agent = await site.sign_in("lin")
    visitor, conversation_id = await queued(site, agent)
    path = f"/api/desk/conversations/{conversation_id}"
    async with (
        visitor.socket() as phone,
        site.socket("/api/desk/socket", {"type": "hello"}, **cookie_of(agent)) as console,
    ):
        await console.until("ready")
        accepted = await agent.post(f"{path}/accept")
        assert accepted.json()["conversation"]["status"] == "active"
        told = await phone.until("conversation", conversation__status="active")
        assert told["conversation"]["agent_name"] == "客服lin"

        await visitor.says("在吗", id="m2")
        event = await console.until("event", event__type="message.created")
        assert event["event"]["conversation_id"] == conversation_id
        await agent.post(f"{path}/messages", json={"client_message_id": "a1", "text": "在的"})
        reply = await phone.until("message", message__author="agent")
        assert (reply["message"]["text"], reply["message"]["author_name"]) == ("在的", "客服lin")

        await agent.post(f"{path}/typing", json={})
        assert (await phone.until("typing"))["author"] == "agent"
        await phone.send({"type": "typing"})
        assert (await console.until("typing"))["conversation_id"] == conversation_id

        closed = await agent.post(f"{path}/close", json={"reason": "resolved"})
        assert closed.json()["conversation"]["status"] == "closed"
        rating = await phone.until("message", message__data__kind="rating")
        given = {"conversation_id": conversation_id, "score": 5, "comment": "很快"}
        assert (await visitor.post("ratings", given)).status_code == 200
        assert (await console.until("event", event__type="csat.received"))["event"]["data"][
            "score"
        ] == 5
    assert rating["message"]["text"]
    assert "在吗" not in [text for text in site.bot.heard]
    await agent.aclose()


async def test_a_console_resumes_from_its_cursor_with_no_event_missed(site: Site):
    agent = await site.sign_in("lin")
    headers = cookie_of(agent)
    async with site.socket("/api/desk/socket", {"type": "hello"}, **headers) as console:
        cursor = (await console.until("ready"))["cursor"]
    await queued(site, agent)
    async with site.socket(
        "/api/desk/socket", {"type": "hello", "cursor": cursor}, **headers
    ) as console:
        types = []
        while (frame := await console.frame())["type"] != "ready":
            types.append(frame["event"]["type"])
    assert "conversation.opened" in types
    assert "conversation.queued" in types
    await agent.aclose()


async def test_what_the_customer_writes_while_waiting_is_shown_to_the_agent(site: Site):
    agent = await site.sign_in("lin")
    visitor, conversation_id = await queued(site, agent)
    await visitor.says("还有，光猫是红灯", id="m2")

    shown = (await agent.get(f"/api/desk/conversations/{conversation_id}")).json()

    assert "还有，光猫是红灯" in [m["text"] for m in shown["messages"]]
    queue = (await agent.get("/api/desk/conversations?view=queue")).json()["conversations"]
    assert queue[0]["last_message"]["text"] == "还有，光猫是红灯"
    assert queue[0]["position"] == 1
    await agent.aclose()


async def test_an_agent_answering_what_another_owns_is_refused(site: Site):
    owner, other = await site.sign_in("lin"), await site.sign_in("zhou")
    _, conversation_id = await queued(site, owner)
    path = f"/api/desk/conversations/{conversation_id}"
    await owner.post(f"{path}/accept")

    taken = await other.post(f"{path}/accept")
    reply = await other.post(f"{path}/messages", json={"client_message_id": "x", "text": "hi"})
    typing = await other.post(f"{path}/typing", json={})

    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "conversation_taken")
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "not_your_conversation")
    assert typing.status_code == 403
    await owner.aclose()
    await other.aclose()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/desk/conversations"),
        ("GET", "/api/desk/conversations/webchat-x"),
        ("POST", "/api/desk/conversations/webchat-x/accept"),
        ("GET", "/api/tickets"),
        ("GET", "/api/kb/articles"),
        ("POST", "/api/kb/articles"),
        ("GET", "/api/auth/me"),
    ],
)
async def test_nobody_gets_in_without_signing_in(site: Site, method: str, path: str):
    visitor = await site.visitor()
    async with site.client(Authorization=f"Bearer {visitor.token}") as http:
        response = await http.request(method, path, json={})

    assert (response.status_code, response.json()["error"]["code"]) == (401, "not_signed_in")


async def test_roles_open_only_their_own_doors(site: Site):
    agent, editor = await site.sign_in("lin", "agent"), await site.sign_in("wen", "editor")
    admin = await site.sign_in("root", "admin")
    article = {"question": "新问题", "answer": "新答案"}

    assert (await editor.get("/api/desk/conversations")).status_code == 403
    assert (await agent.post("/api/kb/articles", json=article)).status_code == 403
    assert (await admin.get("/api/desk/conversations")).status_code == 200
    assert (await admin.post("/api/kb/articles", json=article)).status_code == 201
    for http in (agent, editor, admin):
        await http.aclose()


async def test_a_socket_opened_from_another_site_is_refused(site: Site):
    agent = await site.sign_in("lin")
    headers = {"Origin": "https://evil.test", **cookie_of(agent)}
    async with site.socket("/api/desk/socket", {"type": "hello"}, **headers) as socket:
        assert (await socket.frame())["code"] == "origin_forbidden"
        await socket.connection.wait_closed()
        assert socket.connection.close_code == 4403
    await agent.aclose()


async def test_a_socket_without_a_sign_in_is_refused(site: Site):
    async with site.socket("/api/desk/socket", {"type": "hello"}) as socket:
        assert (await socket.frame())["code"] == "not_signed_in"
        await socket.connection.wait_closed()
        assert socket.connection.close_code == 4401


async def test_a_console_that_is_open_counts_as_heard_of(site: Site):
    agent = await site.sign_in("lin")
    await agent.post("/api/desk/presence", json={"presence": "online"})
    user = (await site.world.accounts.list_users())[0]
    before = (await site.world.desk.agent(user)).seen_at
    async with site.socket("/api/desk/socket", {"type": "hello"}, **cookie_of(agent)) as console:
        await console.until("ready")
        async with asyncio.timeout(5):
            while (await site.world.desk.agent(user)).seen_at == before:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    await agent.aclose()


async def test_signing_out_closes_the_door(site: Site):
    agent = await site.sign_in("lin")
    await agent.post("/api/auth/logout", json={})

    assert (await agent.get("/api/desk/me")).status_code == 401
    await agent.aclose()


async def test_signing_out_ends_the_open_console_too(site: Site, monkeypatch):
    monkeypatch.setattr(api, "HEARTBEAT_SECONDS", 0.05)
    agent = await site.sign_in("lin")
    async with site.socket("/api/desk/socket", {"type": "hello"}, **cookie_of(agent)) as console:
        await console.until("ready")
        await agent.post("/api/auth/logout", json={})
        assert (await console.until("error"))["code"] == "not_signed_in"
    await agent.aclose()


async def test_a_flood_of_typing_reaches_an_agent_as_a_trickle(site: Site):
    agent = await site.sign_in("lin")
    visitor, _ = await queued(site, agent)
    async with (
        visitor.socket() as phone,
        site.socket("/api/desk/socket", {"type": "hello"}, **cookie_of(agent)) as console,
    ):
        await phone.until("ready")
        await console.until("ready")
        for _ in range(300):
            await phone.send({"type": "typing"})
        await visitor.says("好了", id="m9")
        seen = []
        while (frame := await console.frame())["type"] != "event":
            seen.append(frame["type"])
    assert seen.count("typing") <= 3
    await agent.aclose()


async def test_a_site_that_embeds_the_widget_may_not_act_as_an_agent(tmp_path):
    shop = "https://shop.example.com"
    async with running_site(tmp_path, FRONTDOOR_PUBLIC_ORIGINS=shop) as site:
        agent = await site.sign_in("lin")
        refused = await agent.post(
            "/api/desk/presence", json={"presence": "online"}, headers={"Origin": shop}
        )
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "origin_forbidden")
        await agent.aclose()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/desk/conversations/ID/close", {"reason": "whim"}),
        ("GET", "/api/desk/conversations/ID/messages?after=9999999999", None),
        ("POST", "/api/auth/login", {"username": "a\u0000b", "password": "x"}),
        ("POST", "/api/desk/presence", {"presence": "asleep"}),
        ("GET", "/api/desk/conversations?view=everything", None),
    ],
)
async def test_what_cannot_be_is_refused_and_not_a_failure_of_ours(
    site: Site, method: str, path: str, body: object
):
    agent = await site.sign_in("lin")
    _, conversation_id = await queued(site, agent)
    await agent.post(f"/api/desk/conversations/{conversation_id}/accept")

    response = await agent.request(method, path.replace("ID", conversation_id), json=body)

    assert response.status_code == 422
    await agent.aclose()


async def test_a_declined_offer_goes_to_the_colleague_and_both_consoles_see_it(site: Site):
    agent = await site.sign_in("lin")
    _, conversation_id = await queued(site, agent)
    colleague = await site.sign_in("zhou")
    await colleague.post("/api/desk/presence", json={"presence": "online"})
    path = f"/api/desk/conversations/{conversation_id}"
    async with site.socket(
        "/api/desk/socket", {"type": "hello"}, **cookie_of(colleague)
    ) as console:
        await console.until("ready")
        assert (await agent.get(path)).json()["conversation"]["offered_until"]

        declined = await agent.post(f"{path}/decline")

        assert declined.status_code == 200
        event = await console.until("event", event__type="conversation.offered")
        me = (await colleague.get("/api/desk/me")).json()["agent"]
        assert (event["event"]["data"]["agent_id"], me["offered"]) == (me["id"], 1)
    refused = await agent.post(f"{path}/accept")
    assert refused.json()["error"]["code"] == "conversation_offered"


async def test_a_number_in_a_customers_words_reaches_consoles_masked_and_the_customer_whole(
    site: Site,
):
    agent, boss = await site.sign_in("lin"), await site.sign_in("boss", "supervisor")
    visitor, conversation_id = await queued(site, agent)
    path = f"/api/desk/conversations/{conversation_id}"
    async with (
        visitor.socket() as phone,
        site.socket("/api/desk/socket", {"type": "hello"}, **cookie_of(agent)) as console,
    ):
        await console.until("ready")
        sent = await visitor.says("打13800138000", id="m2")
        seq = sent.json()["message"]["seq"]
        assert sent.json()["message"]["text"] == "打13800138000"
        said = await phone.until("message", message__seq=seq)
        told = await console.until("event", event__type="message.created", event__data__seq=seq)

    assert said["message"]["text"] == "打13800138000"
    assert "13800138000" not in str(told)
    refused = await agent.post(f"{path}/messages/{seq}/numbers", json={})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "phone_masked")
    shown = await boss.post(f"{path}/messages/{seq}/numbers", json={})
    assert shown.json() == {"text": "打13800138000"}
    assert (await agent.get(f"{path}/delivery")).json() == {"delivery": None}


async def test_an_agent_gives_a_conversation_back_to_the_bot(site: Site):
    agent = await site.sign_in("lin")
    visitor, conversation_id = await queued(site, agent)
    path = f"/api/desk/conversations/{conversation_id}"
    await agent.post(f"{path}/accept")
    async with visitor.socket() as phone:
        await phone.until("ready")
        returned = await agent.post(f"{path}/return")
        assert returned.json()["conversation"]["status"] == "bot"
        await phone.until("conversation", conversation__status="bot")


async def test_a_supervisor_keeps_hours_and_the_roster_of_a_team_and_of_the_desk(site: Site):
    boss = await site.sign_in("boss", "supervisor")
    agent = await site.sign_in("lin")
    hours = {"workdays": [["09:00", "12:00"]], "days": {"2026-12-31": []}}
    body = {"name": "宽带组", "hours": hours, "most_waiting": 5, "assignment": "pick"}
    team = (await boss.post("/api/teams", json=body)).json()["team"]
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
    roster = {"duty": {today: ["lin"]}}

    assert team["hours"] == {**hours, "weekends": [], "holidays": []}
    for path in ("/api/duty", f"/api/teams/{team['id']}/duty"):
        assert (await boss.put(path, json=roster)).json()["duty"] == roster["duty"]
        assert (await agent.get(path)).json()["duty"] == roster["duty"]
        assert (await agent.put(path, json=roster)).status_code == 403
    refused = await boss.put(
        f"/api/teams/{team['id']}", json={**body, "hours": {"workdays": [["9", "12"]]}}
    )
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "hours_invalid")
    assert (await agent.get("/api/teams/none/duty")).status_code == 404


async def test_a_supervisor_keeps_teams_and_an_agent_may_only_read_them(site: Site):
    boss = await site.sign_in("boss", "supervisor")
    agent = await site.sign_in("lin")
    body = {"name": "宽带组", "categories": ["broadband"], "members": ["lin"]}

    made = await boss.post("/api/teams", json=body)
    team = made.json()["team"]
    changed = await boss.put(f"/api/teams/{team['id']}", json={**body, "name": "家宽组"})

    assert (made.status_code, changed.status_code) == (201, 200)
    assert [t["name"] for t in (await agent.get("/api/teams")).json()["teams"]] == ["家宽组"]
    assert (await agent.post("/api/teams", json=body)).status_code == 403
    assert (await boss.delete(f"/api/teams/{team['id']}")).status_code == 204


async def test_the_desk_sees_whose_page_is_open_in_any_process(site: Site, monkeypatch):
    agent = await site.sign_in("lin")
    visitor, conversation_id = await queued(site, agent)
    pages = site.world.pages
    now = [datetime.now(UTC)]
    monkeypatch.setattr(pages, "_now", lambda: now[0])
    customers = site.app.ctx.customers
    path = f"/api/desk/conversations/{conversation_id}"

    async def left_at() -> str | None:
        await pages.beat(customers.with_people())
        return (await agent.get(path)).json()["conversation"]["left_at"]

    async with visitor.socket() as phone:
        await phone.until("ready")
        for _ in range(3):
            now[0] += timedelta(seconds=50)
            assert await left_at() is None
    await asyncio.sleep(0.2)  # until the server has noticed
    for _ in range(2):
        now[0] += timedelta(seconds=50)
        gone = await left_at()
    assert gone is not None
    async with site.client(Authorization=f"Bearer {visitor.token}") as program:
        await program.get("/api/webchat/messages")
    assert await left_at() is None
