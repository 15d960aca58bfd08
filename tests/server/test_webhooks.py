"""Webhooks over the wire: who may, and the whole way from a ticket to somebody else's server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.server import terminal
from tests.server.conftest import Site
from tests.server.terminal import Done
from tests.webhooks.conftest import Receiver, _receiver, until
from webhooks import model

NEW = {"url": "https://hooks.example/in", "events": ["ticket.*"]}
ROUTES = [
    ("GET", ""),
    ("POST", ""),
    ("PUT", "/x"),
    ("DELETE", "/x"),
    ("POST", "/x/secret"),
    ("POST", "/x/test"),
    ("GET", "/x/deliveries"),
    ("POST", "/x/deliveries/y/replay"),
    ("POST", "/x/replay"),
]
BODIES = {
    ("POST", ""): NEW,
    ("PUT", "/x"): {**NEW, "enabled": True},
    ("POST", "/x/replay"): {"since": "2026-03-10T04:00:00Z"},
}


@pytest.fixture
async def receiver():
    async for made in _receiver():
        yield made


@pytest.mark.parametrize("role", ["agent", "supervisor", "editor", None])
async def test_only_administrators_may(site: Site, role: str | None):
    http = site.client() if role is None else await site.sign_in("lin", role)
    for method, path in ROUTES:
        answer = await http.request(method, f"/api/webhooks{path}", json=BODIES.get((method, path)))
        assert answer.status_code == (401 if role is None else 403), (method, path)
    await http.aclose()


async def test_what_is_not_there_is_not_found(site: Site):
    admin = await site.sign_in("root", "admin")
    for method, path in ROUTES[2:]:
        body = BODIES.get((method, path))
        answer = await admin.request(method, f"/api/webhooks{path}", json=body)
        assert answer.status_code == 404, (method, path)
        assert answer.json()["error"]["code"] == "webhook_unknown"


async def test_the_secret_is_shown_once(site: Site):
    admin = await site.sign_in("root", "admin")
    made = await admin.post("/api/webhooks", json=NEW)
    assert made.status_code == 201
    id, secret = made.json()["webhook"]["id"], made.json()["secret"]
    changed = (await admin.post(f"/api/webhooks/{id}/secret")).json()
    off = await admin.put(f"/api/webhooks/{id}", json={**NEW, "enabled": False})
    listed = await admin.get("/api/webhooks")

    assert off.json()["webhook"]["disabled_because"] == "by_hand"
    assert changed["secret"] != secret
    for answer in (listed.text, off.text):
        assert "whsec_" not in answer
    assert [one["id"] for one in listed.json()["webhooks"]] == [id]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "ftp://x", "events": ["ticket.*"]}, "url_invalid"),
        ({"url": "https://u:p@x.example", "events": ["ticket.*"]}, "url_invalid"),
        ({"url": "https://x.example", "events": ["*"]}, "event_unknown"),
        ({"url": "https://x.example"}, "invalid_input"),
    ],
)
async def test_a_bad_webhook_is_refused_with_what_is_wrong(site: Site, body: dict, code: str):
    admin = await site.sign_in("root", "admin")
    answer = await admin.post("/api/webhooks", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)


async def test_an_instant_without_a_zone_is_refused(site: Site):
    admin = await site.sign_in("root", "admin")
    id = (await admin.post("/api/webhooks", json=NEW)).json()["webhook"]["id"]
    answer = await admin.post(f"/api/webhooks/{id}/replay", json={"since": "2026-03-10T04:00:00"})
    assert answer.status_code == 422


async def test_a_ticket_is_told_to_another_system_and_told_again_by_hand(
    site: Site, receiver: Receiver
):
    admin = await site.sign_in("root", "admin")
    body = {"url": receiver.url, "events": ["conversation.opened"]}
    made = (await admin.post("/api/webhooks", json=body)).json()
    path = f"/api/webhooks/{made['webhook']['id']}"

    visitor = await site.visitor()
    message = (await visitor.says("您好")).json()["message"]

    async def told() -> bool:
        await site.world.webhook_sender.run()
        await site.world.webhook_sender.idle()
        return bool(receiver.calls)

    await until(told)
    [call] = receiver.calls
    assert call.content["type"] == "conversation.opened"
    assert call.content["conversation_id"] == message["conversation_id"]
    sent_at = call.headers["webhook-timestamp"]
    signature = model.sign(made["secret"], call.id, sent_at, call.body.decode())
    assert call.headers["webhook-signature"] == signature

    [delivery] = (await admin.get(f"{path}/deliveries")).json()["deliveries"]
    assert (delivery["status"], delivery["response_status"]) == ("delivered", 200)
    again = await admin.post(f"{path}/deliveries/{delivery['id']}/replay")
    assert (again.status_code, again.json()["delivery"]["status"]) == (202, "pending")
    await told()
    assert len(receiver.calls) == 2

    test = (await admin.post(f"{path}/test")).json()["delivery"]
    assert (test["type"], test["status"]) == ("webhook.test", "delivered")
    assert (await admin.delete(path)).status_code == 204


async def frontdoor(state_dir: Path, *words: str) -> Done:
    return await asyncio.to_thread(terminal.frontdoor, state_dir, *words)


async def test_the_command_line_adds_tests_lists_and_sends_again(
    site: Site, receiver: Receiver, tmp_path: Path
):
    add = ("webhook", "add", receiver.url, "--event", "ticket.*", "--json")
    code, out, _ = await frontdoor(tmp_path, *add)
    made = json.loads(out)
    assert code == 0
    assert made["secret"].startswith("whsec_")

    receiver.answers(500)
    code, out, _ = await frontdoor(tmp_path, "webhook", "test", made["id"], "--json")
    assert (code, json.loads(out)["response_status"]) == (1, 500)
    code, out, _ = await frontdoor(tmp_path, "webhook", "test", made["id"])
    assert code == 0
    assert "webhook.test  delivered  attempts 1  200" in out

    _, out, _ = await frontdoor(tmp_path, "webhook", "list")
    assert out == f"{made['id']}  on  {receiver.url}  ticket.*\n"
    _, out, _ = await frontdoor(tmp_path, "webhook", "deliveries", made["id"], "--json")
    assert [json.loads(line)["status"] for line in out.splitlines()] == ["delivered", "failed"]

    again = ("webhook", "replay", made["id"])
    code, out, _ = await frontdoor(tmp_path, *again, "--since", "2026-01-31")
    assert (code, out) == (0, "0 to be sent again\n")
    assert (await frontdoor(tmp_path, *again))[0] == 2
    assert (await frontdoor(tmp_path, *again, "--since", "yesterday"))[0] == 2
    code, _, err = await frontdoor(tmp_path, *again, "--delivery", "nobody")
    assert (code, err.count("\n")) == (1, 1)
    assert "delivery_unknown" in err

    assert (await frontdoor(tmp_path, "webhook", "delete", made["id"]))[0] == 0
    assert (await frontdoor(tmp_path, "webhook", "list"))[1] == ""
