"""Canned responses and the list of users over the wire: who may."""

from __future__ import annotations

from tests.server.conftest import Site

PATH = "/api/canned-responses"


async def test_an_agent_keeps_their_own_and_uses_what_supervisors_share(site: Site):
    agent, boss = await site.sign_in("lin"), await site.sign_in("boss", "supervisor")
    shared = {"title": "问候", "text": "您好，{客户姓名}", "shortcut": "nh", "category": "开场"}

    refused = await agent.post(PATH, json=shared)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "canned_not_yours")
    assert (await agent.post(PATH, json={**shared, "personal": True})).status_code == 201
    made = (await boss.post(PATH, json=shared)).json()["canned_response"]

    assert (await agent.post(f"{PATH}/{made['id']}/used", json={})).status_code == 200
    listed = (await agent.get(PATH)).json()["canned_responses"]
    assert sorted((one["personal"], one["may_change"], one["uses"]) for one in listed) == [
        (False, False, 1),
        (True, True, 0),
    ]
    assert (await agent.delete(f"{PATH}/{made['id']}")).status_code == 403
    changed = await boss.put(f"{PATH}/{made['id']}", json={"title": "问候", "text": "您好"})
    assert changed.json()["canned_response"]["shortcut"] == ""
    assert (await boss.delete(f"{PATH}/{made['id']}")).status_code == 204
    assert len((await boss.get(PATH)).json()["canned_responses"]) == 0


async def test_two_supervisors_who_change_the_same_do_not_overwrite_each_other_unseen(site: Site):
    boss, other = await site.sign_in("boss", "supervisor"), await site.sign_in("z", "supervisor")
    for path, kind in ((PATH, "canned_response"), ("/api/teams", "team")):
        body = {"title": "问候", "text": "您好", "name": "宽带组"}
        made = (await boss.post(path, json=body)).json()[kind]
        both = {**body, "version": made["version"]}
        first = await other.put(f"{path}/{made['id']}", json=both)
        second = await boss.put(f"{path}/{made['id']}", json=both)

        assert (first.status_code, first.json()[kind]["updated_by"]) == (200, "客服z")
        code = {"canned_response": "canned_changed", "team": "team_changed"}[kind]
        assert (second.status_code, second.json()["error"]["code"]) == (409, code)


async def test_a_mistake_is_said_with_its_code(site: Site):
    agent = await site.sign_in("lin")
    answer = await agent.post(PATH, json={"title": "催单", "text": "{单号} 已催", "personal": True})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "placeholder_unknown")
    assert "{工单号}" in answer.json()["error"]["message"]


async def test_canned_responses_are_closed_to_editors_and_strangers(site: Site):
    editor = await site.sign_in("wen", "editor")
    async with site.client() as stranger:
        assert (await stranger.get(PATH)).status_code == 401
    assert (await editor.get(PATH)).status_code == 403
    assert (await editor.post(PATH, json={"title": "a", "text": "b"})).status_code == 403


async def test_only_supervisors_read_who_there_is_and_nothing_secret_of_them(site: Site):
    agent, boss = await site.sign_in("lin"), await site.sign_in("boss", "supervisor")
    admin = await site.sign_in("root", "admin")

    users = (await boss.get("/api/auth/users")).json()["users"]

    assert [user["username"] for user in users] == ["boss", "lin", "root"]
    assert all(set(user) == {"id", "username", "name", "role"} for user in users)
    assert (await admin.get("/api/auth/users")).status_code == 200
    assert (await agent.get("/api/auth/users")).status_code == 403
