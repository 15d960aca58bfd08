"""Who is an important customer, over the wire."""

from __future__ import annotations

from tests.server.conftest import Site
from tests.server.test_desk import cookie_of, queued


async def test_a_supervisor_says_who_is_important_and_agents_see_it_at_once(site: Site):
    agent, boss = await site.sign_in("lin"), await site.sign_in("boss", "supervisor")
    _, conversation_id = await queued(site, agent)
    path = f"/api/desk/conversations/{conversation_id}"
    contact = (await agent.get(path)).json()["conversation"]["contact"]
    assert contact["level"] == ""
    async with site.socket("/api/desk/socket", {"type": "hello"}, **cookie_of(agent)) as console:
        await console.until("ready")

        said = await boss.put(f"/api/desk/contacts/{contact['id']}/level", json={"level": "vip"})

        assert said.json() == {"contact": {"id": contact["id"], "level": "vip"}}
        told = await console.until("event", event__type="contact.level_changed")
        assert told["event"]["data"]["contact_id"] == contact["id"]
    (row,) = (await agent.get("/api/desk/conversations?view=queue")).json()["conversations"]
    whole = (await agent.get(path)).json()["conversation"]
    assert row["contact"]["level"] == whole["contact"]["level"] == "vip"


async def test_only_supervisors_say_so_of_customers_and_levels_there_are(site: Site):
    agent, boss = await site.sign_in("lin"), await site.sign_in("boss", "supervisor")
    _, conversation_id = await queued(site, agent)
    shown = (await agent.get(f"/api/desk/conversations/{conversation_id}")).json()["conversation"]
    theirs = f"/api/desk/contacts/{shown['contact']['id']}/level"

    answers = [
        await agent.put(theirs, json={"level": "vip"}),
        await boss.put(theirs, json={"level": "gold"}),
        await boss.put("/api/desk/contacts/nobody/level", json={"level": "vip"}),
    ]

    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in answers] == [
        (403, "role_forbidden"),
        (422, "level_unknown"),
        (404, "contact_unknown"),
    ]
