"""Web chat over the wire: who may speak, what is refused, and that a socket misses nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest

from channels.webchat.identity import Visitors
from common.times import utc_now
from tests.server.conftest import Site


def error_code(response: httpx.Response) -> str:
    return response.json()["error"]["code"]


async def test_a_visitor_says_something_and_hears_the_answer(site: Site):
    visitor = await site.visitor()
    async with visitor.socket() as socket:
        assert await socket.frame() == {"type": "ready", "conversation": None}

        response = await visitor.says("怎么查话费")

        assert response.status_code == 202
        answer = await socket.until("message", message__author="bot")
        assert answer["message"]["text"] == "答：怎么查话费"
        assert answer["message"]["seq"] == 2


async def test_the_bot_is_seen_typing_before_it_answers(site: Site):
    visitor = await site.visitor()
    async with visitor.socket() as socket:
        await visitor.says("你好")
        assert (await socket.until("typing"))["author"] == "bot"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "invalid_json"),
        (b"", "invalid_json"),
        (b"\xff\xfe", "invalid_json"),
        (b"[]", "invalid_input"),
        (b'{"text": "hi"}', "invalid_input"),
        (b'{"client_message_id": 1, "text": "hi"}', "invalid_input"),
        (b'{"client_message_id": "m1", "text": ["hi"]}', "invalid_input"),
        (b'{"client_message_id": "m1", "button": {"seq": "1", "index": 0}}', "invalid_input"),
        (b'{"client_message_id": "m1", "text": ""}', "text_empty"),
        (b'{"client_message_id": "", "text": "hi"}', "message_id_invalid"),
        (b'{"client_message_id": "m1", "button": {"seq": 1, "index": 0}}', "button_unknown"),
        (b'{"client_message_id": "m1", "text": "' + b"x" * 2001 + b'"}', "text_too_long"),
        (b'{"client_message_id": "m1", "text": "\\ud83d"}', "invalid_json"),
        (b"[" * 5000, "invalid_input"),
    ],
)
async def test_bad_input_gets_a_clear_error_and_stores_nothing(
    site: Site, content: bytes, code: str
):
    visitor = await site.visitor()
    headers = {"Authorization": f"Bearer {visitor.token}", "Content-Type": "application/json"}
    async with site.client(**headers) as http:
        response = await http.post("/api/webchat/messages", content=content)

        assert (response.status_code, error_code(response)) == (422, code)
        assert (await http.get("/api/webchat/messages")).json()["messages"] == []


async def test_a_body_of_another_kind_or_too_large_is_refused(site: Site):
    visitor = await site.visitor()
    async with site.client(Authorization=f"Bearer {visitor.token}") as http:
        form = await http.post("/api/webchat/messages", data={"text": "hi"})
        large = await http.post("/api/webchat/messages", json={"text": "x" * 300_000})

    assert (form.status_code, error_code(form)) == (422, "invalid_json")
    assert (large.status_code, error_code(large)) == (413, "too_large")


async def test_a_forged_a_foreign_and_an_expired_token_are_refused(site: Site):
    settings = site.world.settings
    expired, _ = Visitors(settings.secret_key, timedelta(0)).sign("c1", utc_now())
    foreign, _ = Visitors("another secret", timedelta(days=1)).sign("c1", utc_now())
    own = (await site.visitor()).token
    forged = own[:-3] + ("aaa" if own[-3:] != "aaa" else "bbb")
    # The server's clock has one-second steps: an age of zero days is over after one.
    site.app.ctx.visitors._lasts = timedelta(seconds=-1)
    async with site.client(Authorization=f"Bearer {expired}") as http:
        assert error_code(await http.get("/api/webchat/messages")) == "visitor_token_expired"
    site.app.ctx.visitors._lasts = timedelta(days=1)
    for token in (foreign, forged, "nonsense", "a.b.c"):
        async with site.client(Authorization=f"Bearer {token}") as http:
            response = await http.get("/api/webchat/messages")
            assert (response.status_code, error_code(response)) == (401, "visitor_token_invalid")
    async with site.client() as http:
        assert error_code(await http.get("/api/webchat/messages")) == "visitor_token_missing"
        renewal = await http.post("/api/webchat/session", json={"token": forged})
        assert error_code(renewal) == "visitor_token_invalid"


async def test_a_socket_with_a_forged_token_is_told_so_and_closed(site: Site):
    hello = {"type": "hello", "token": "forged"}
    async with site.socket("/api/webchat/socket", hello) as socket:
        assert (await socket.frame())["code"] == "visitor_token_invalid"
        await socket.connection.wait_closed()
        assert socket.connection.close_code == 4401


@pytest.mark.parametrize("hello", ["nonsense", {"type": "ping"}, {"type": "hello", "after": -1}])
async def test_a_socket_that_begins_otherwise_is_told_so_and_closed(site: Site, hello: object):
    async with site.socket("/api/webchat/socket", hello) as socket:
        assert (await socket.frame())["code"] == "hello_invalid"


async def test_a_renewed_token_is_the_same_customer(site: Site):
    visitor = await site.visitor()
    await visitor.says("你好")
    async with site.client() as http:
        renewed = await http.post("/api/webchat/session", json={"token": visitor.token})

    assert renewed.json()["contact_id"] == visitor.contact_id
    assert renewed.json()["last_seq"] >= 1


async def test_ten_messages_within_a_second_are_answered_in_order_once_each(site: Site):
    visitor = await site.visitor()
    async with visitor.socket() as socket:
        await asyncio.gather(*(visitor.says(f"第{n}条", id=f"m{n}") for n in range(10)))
        seen = []
        while sum(m["author"] == "bot" for m in seen) < 10:
            seen.append((await socket.until("message"))["message"])

    asked = [m["text"] for m in seen if m["author"] == "contact"]
    answered = [m["text"] for m in seen if m["author"] == "bot"]
    assert answered == [f"答：{text}" for text in asked]
    assert [m["seq"] for m in seen] == list(range(1, 21))


async def test_a_socket_resumes_after_its_last_number_with_no_gap_and_no_double(site: Site):
    visitor = await site.visitor()
    async with visitor.socket() as socket:
        await visitor.says("一", id="m1")
        first = await socket.until("message", message__author="bot")
    await visitor.says("二", id="m2")
    await visitor.says("三", id="m3")
    seen = []
    async with visitor.socket(after=first["message"]["seq"]) as socket:
        while not (seen and seen[-1]["text"] == "答：三"):
            seen.append((await socket.until("message"))["message"])

    assert [m["seq"] for m in seen] == [3, 4, 5, 6]


async def test_two_pages_of_one_customer_both_see_everything(site: Site):
    visitor = await site.visitor()
    async with visitor.socket() as one, visitor.socket() as other:
        await visitor.says("你好")
        for socket in (one, other):
            await socket.until("message", message__author="contact")
            await socket.until("message", message__author="bot")


async def test_one_customer_cannot_read_another(site: Site):
    mine, theirs = await site.visitor(), await site.visitor()
    await theirs.says("我的身份证号是……")
    async with site.client(Authorization=f"Bearer {mine.token}") as http:
        assert (await http.get("/api/webchat/messages")).json()["messages"] == []


async def test_a_ping_is_answered_and_nonsense_is_passed_over(site: Site):
    visitor = await site.visitor()
    async with visitor.socket() as socket:
        await socket.frame()
        await socket.connection.send("nonsense")
        await socket.send({"type": "ping"})
        assert await socket.frame() == {"type": "pong"}


async def test_a_site_that_may_embed_the_widget_may_call_and_others_may_not(tmp_path):
    from tests.server.conftest import running_site

    origins = "https://www.example.com, https://shop.example.com"
    async with running_site(tmp_path, FRONTDOOR_PUBLIC_ORIGINS=origins) as site:
        for origin, allowed in (("https://shop.example.com", True), ("https://evil.test", False)):
            async with site.client(Origin=origin) as http:
                asked = await http.options(
                    "/api/webchat/messages",
                    headers={
                        "Access-Control-Request-Method": "POST",
                        "Access-Control-Request-Headers": "authorization,content-type",
                    },
                )
                answered = await http.post("/api/webchat/session", json={})
                expected = origin if allowed else None
                assert asked.headers.get("access-control-allow-origin") == expected
                assert answered.headers.get("access-control-allow-origin") == expected
                console = await http.get("/api/auth/me")
                assert "access-control-allow-origin" not in console.headers
