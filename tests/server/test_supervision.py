"""The supervisor's view, and who is viewing, over the wire."""

from __future__ import annotations

import asyncio
import json
import os
import time

import pytest
import redis.asyncio as redis

from handoff import api
from tests.conftest import skip_unless_ci
from tests.server.conftest import Site, running_site
from tests.server.test_desk import cookie_of, queued

DESK_SOCKET = "/api/desk/socket"
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


async def served(site: Site, agent):
    """Bring a customer to the agent; returns the customer and the conversation's id."""
    visitor, conversation_id = await queued(site, agent)
    taken = await agent.post(f"/api/desk/conversations/{conversation_id}/accept")
    assert taken.status_code == 200
    return visitor, conversation_id


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "overview", None),
        ("GET", "conversations", None),
        ("GET", "agents", None),
        ("GET", "alerts", None),
        ("POST", "agents/x/presence", {"presence": "offline"}),
        ("PUT", "agents/x/capacity", {"capacity": 3}),
        ("POST", "conversations/x/whisper", {"text": "hi"}),
    ],
)
async def test_only_supervisors_see_and_do_this(site: Site, method: str, path: str, body: object):
    agent, editor = await site.sign_in("lin"), await site.sign_in("wen", "editor")

    for http in (agent, editor):
        response = await http.request(method, f"/api/supervision/{path}", json=body)
        assert (response.status_code, response.json()["error"]["code"]) == (403, "role_forbidden")


async def test_a_supervisor_sees_how_it_stands(site: Site):
    agent, boss = await site.sign_in("lin"), await site.sign_in("boss", "supervisor")
    _, conversation_id = await served(site, agent)
    await queued(site, agent)

    overview = (await boss.get("/api/supervision/overview")).json()
    page = (await boss.get("/api/supervision/conversations?status=active")).json()
    (row,) = (await boss.get("/api/supervision/agents")).json()["agents"]

    assert (overview["waiting"], overview["active"]) == (1, 1)
    assert overview["agents"] == {"online": 1, "away": 0, "offline": 0, "load": 2, "capacity": 8}
    assert [one["id"] for one in page["conversations"]] == [conversation_id]
    assert (row["name"], row["active"], row["offered"], row["is_there"]) == ("客服lin", 1, 1, True)


async def test_a_whisper_is_on_the_agents_screen_and_nowhere_on_the_customers(site: Site):
    agent, boss = await site.sign_in("lin"), await site.sign_in("boss", "supervisor")
    visitor, conversation_id = await served(site, agent)
    secret = "别承诺退款"
    async with (
        visitor.socket() as phone,
        site.socket(DESK_SOCKET, {"type": "hello"}, **cookie_of(agent)) as console,
    ):
        await phone.until("ready")
        await console.until("ready")
        path = f"/api/supervision/conversations/{conversation_id}/whisper"
        said = await boss.post(path, json={"text": secret})
        assert said.status_code == 201
        event = await console.until("event", event__type="conversation.whispered")
        mine = (await agent.get(f"/api/desk/conversations/{conversation_id}")).json()

        desk = f"/api/desk/conversations/{conversation_id}/messages"
        await agent.post(desk, json={"client_message_id": "a1", "text": "好的"})
        frames = []
        while (frame := await phone.frame()).get("message", {}).get("text") != "好的":
            frames.append(frame)
    async with site.client(Authorization=f"Bearer {visitor.token}") as http:
        history = (await http.get("/api/webchat/messages?after=0")).json()

    assert [(note["kind"], note["text"]) for note in mine["notes"]] == [("whisper", secret)]
    assert secret not in json.dumps([event, frames, history], ensure_ascii=False)
    assert secret not in str(site.bot.heard)


async def test_a_supervisor_takes_over_and_both_the_agent_and_the_customer_hear_of_it(site: Site):
    agent, boss = await site.sign_in("lin"), await site.sign_in("boss", "supervisor")
    visitor, conversation_id = await served(site, agent)
    await boss.post("/api/desk/presence", json={"presence": "away"})
    async with (
        visitor.socket() as phone,
        site.socket(DESK_SOCKET, {"type": "hello"}, **cookie_of(agent)) as console,
    ):
        await phone.until("ready")
        await console.until("ready")
        taken = await boss.post(f"/api/desk/conversations/{conversation_id}/take-over")

        assert taken.json()["conversation"]["agent"]["name"] == "客服boss"
        event = await console.until("event", event__type="conversation.taken_over")
        me = (await agent.get("/api/desk/me")).json()["agent"]["id"]
        assert event["event"]["data"]["from_agent"] == me
        told = await phone.until("conversation", conversation__agent_name="客服boss")
        assert told["conversation"]["status"] == "active"


async def test_a_conversation_goes_to_one_agent_or_one_team(site: Site):
    agent = await site.sign_in("lin")
    _, conversation_id = await served(site, agent)
    path = f"/api/desk/conversations/{conversation_id}/transfer"

    for body in ({}, {"agent_id": "a", "team_id": "b"}):
        assert (await agent.post(path, json=body)).status_code == 422
    unknown = await agent.post(path, json={"team_id": "b"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "team_unknown")


async def test_who_can_be_passed_to_is_read_in_one_go(site: Site):
    agent, boss = await site.sign_in("lin"), await site.sign_in("boss", "supervisor")
    await agent.post("/api/desk/presence", json={"presence": "online"})
    body = {"name": "宽带组", "members": ["lin"]}
    assert (await boss.post("/api/teams", json=body)).status_code == 201

    found = (await agent.get("/api/desk/agents")).json()

    assert [one["name"] for one in found["agents"]] == ["客服lin"]
    assert [(team["name"], team["online"]) for team in found["teams"]] == [("宽带组", 1)]


# -- who is viewing ---------------------------------------------------------------------------


def names(frame: dict) -> list[str]:
    return sorted(viewer["name"] for viewer in frame["viewers"])


async def test_two_who_open_the_same_conversation_see_each_other_until_one_goes(site: Site):
    lin, zhou = await site.sign_in("lin"), await site.sign_in("zhou")
    here = {"type": "viewing", "conversation_id": "webchat-1"}
    async with site.socket(DESK_SOCKET, {"type": "hello"}, **cookie_of(lin)) as first:
        await first.until("ready")
        await first.send(here)
        assert names(await first.until("viewing")) == ["客服lin"]
        async with site.socket(DESK_SOCKET, {"type": "hello"}, **cookie_of(zhou)) as second:
            await second.until("ready")
            await second.send(here)
            assert names(await second.until("viewing")) == ["客服lin", "客服zhou"]
            assert names(await first.until("viewing")) == ["客服lin", "客服zhou"]
            await second.send({"type": "viewing", "conversation_id": None})
            assert names(await first.until("viewing")) == ["客服lin"]
            await second.send(here)
            assert names(await first.until("viewing")) == ["客服lin", "客服zhou"]
        assert names(await first.until("viewing")) == ["客服lin"]


async def test_nonsense_about_viewing_breaks_nothing(site: Site):
    lin = await site.sign_in("lin")
    async with site.socket(DESK_SOCKET, {"type": "hello"}, **cookie_of(lin)) as console:
        await console.until("ready")
        for nonsense in (7, "x" * 65, {"a": 1}):
            await console.send({"type": "viewing", "conversation_id": nonsense})
        await console.send({"type": "ping"})
        assert (await console.frame())["type"] == "pong"


@pytest.fixture
async def redis_url() -> str:
    client = redis.Redis.from_url(REDIS_URL)
    try:
        await client.ping()
    except (redis.ConnectionError, OSError) as error:
        skip_unless_ci(f"needs Redis at TEST_REDIS_URL: {error}")
    finally:
        await client.aclose()
    return REDIS_URL


async def test_consoles_of_two_processes_see_each_other_within_a_second(
    tmp_path, redis_url, monkeypatch
):
    # What is said before a process listens on Redis is lost, and made good by the next heartbeat.
    monkeypatch.setattr(api, "HEARTBEAT_SECONDS", 0.1)
    here = {"type": "viewing", "conversation_id": "webchat-1"}
    async with (
        running_site(tmp_path, FRONTDOOR_REDIS_URL=redis_url) as one,
        running_site(tmp_path, FRONTDOOR_REDIS_URL=redis_url) as other,
    ):
        lin, zhou = await one.sign_in("lin"), await other.sign_in("zhou")
        async with (
            one.socket(DESK_SOCKET, {"type": "hello"}, **cookie_of(lin)) as first,
            other.socket(DESK_SOCKET, {"type": "hello"}, **cookie_of(zhou)) as second,
        ):
            await first.until("ready")
            await second.until("ready")
            await first.send(here)
            begun = time.monotonic()
            await second.send(here)
            for console in (first, second):
                while names(await console.until("viewing")) != ["客服lin", "客服zhou"]:
                    pass
            assert time.monotonic() - begun < 1


async def test_a_console_says_again_what_it_shows_so_that_a_lost_hint_is_made_good(
    site: Site, monkeypatch
):
    monkeypatch.setattr(api, "HEARTBEAT_SECONDS", 0.05)
    lin = await site.sign_in("lin")
    heard: list[str | None] = []
    async with site.socket(DESK_SOCKET, {"type": "hello"}, **cookie_of(lin)) as console:
        await console.until("ready")
        site.world.hub.on_signal(
            lambda name, data: heard.append(data["conversation_id"]) if name == "viewing" else None
        )
        await console.send({"type": "viewing", "conversation_id": "webchat-1"})
        async with asyncio.timeout(5):
            while len(heard) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert set(heard[:3]) == {"webchat-1"}
