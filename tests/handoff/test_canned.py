"""Canned responses: who reads, keeps and finds them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from common.auth import Accounts, User
from common.db import Database
from common.errors import Conflict, Forbidden, InvalidInput, NotFound
from common.events import events
from handoff import canned
from handoff.canned import CannedResponses, pinyin_of
from handoff.canned_model import CannedResponse, checked
from handoff.routing import Team
from handoff.teams import Teams

HELLO = CannedResponse("", "问候", "您好，{客户姓名}，我是{客服姓名}。", "/NH", "开场")


async def a_user(db: Database, username: str, role: str = "agent") -> User:
    return await Accounts(db).add(username, f"客服{username}", role, "long password")


async def a_team(db: Database, name: str, *members: str) -> str:
    team = await Teams(db).save(None, Team(id="", name=name), members, by=None)
    return team["id"]


def own(user: User, title: str = "我的开场") -> CannedResponse:
    return replace(HELLO, title=title, owner_id=user.id)


async def titles(db: Database, user: User) -> list[str]:
    return [one["title"] for one in await CannedResponses(db).list(user)]


def test_what_is_kept_is_trimmed_and_the_shortcut_is_bare_and_lower_case():
    kept = checked(replace(HELLO, title=" 问候 ", text=" 您好，｛ 客户姓名 ｝ "))
    assert (kept.title, kept.text, kept.shortcut) == ("问候", "您好，{客户姓名}", "nh")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"title": "  "}, "canned_title_invalid"),
        ({"title": "长" * 65}, "canned_title_invalid"),
        ({"text": "\n"}, "canned_text_invalid"),
        ({"text": "长" * 2001}, "canned_text_invalid"),
        ({"shortcut": "kd bz"}, "canned_shortcut_invalid"),
        ({"shortcut": "kd/bz"}, "canned_shortcut_invalid"),
        ({"shortcut": "k" * 33}, "canned_shortcut_invalid"),
        ({"category": "长" * 33}, "canned_category_invalid"),
        ({"text": "您好，{客户名字}"}, "placeholder_unknown"),
        ({"text": "工单｛单号｝"}, "placeholder_unknown"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(wrong: dict[str, str], code: str):
    with pytest.raises(InvalidInput) as refused:
        checked(replace(HELLO, **wrong))
    assert refused.value.code == code


def test_braces_that_hold_no_single_word_are_left_alone():
    text = "请按顺序操作：{ 1. 断电  2. 重启 }"
    assert checked(replace(HELLO, text=text)).text == text


@pytest.mark.parametrize(
    ("title", "sound"),
    [
        ("宽带报障", "kuan dai bao zhang"),
        ("重启光猫", "chong qi guang mao"),
        ("WiFi 密码", "wifi mi ma"),
        ("Hello", "hello"),
    ],
)
def test_a_title_is_also_kept_as_it_sounds(title: str, sound: str):
    assert pinyin_of(title).split() == sound.split()


async def test_a_shared_one_is_everyones_and_only_supervisors_change_it(db: Database):
    boss, lin = await a_user(db, "boss", "supervisor"), await a_user(db, "lin")
    responses = CannedResponses(db)
    made = await responses.save(None, HELLO, by=boss)

    (seen,) = await responses.list(lin)
    assert (seen["title"], seen["pinyin"], seen["may_change"]) == ("问候", "wen hou", False)
    with pytest.raises(Forbidden) as refused:
        await responses.save(made["id"], HELLO, by=lin)
    assert refused.value.code == "canned_not_yours"
    with pytest.raises(Forbidden):
        await responses.save(made["id"], own(lin), by=lin)  # nor by making it one's own
    with pytest.raises(Forbidden):
        await responses.delete(made["id"], by=lin)
    with pytest.raises(Forbidden):
        await responses.save(None, HELLO, by=lin)

    changed = await responses.save(made["id"], replace(HELLO, text="您好！"), by=boss)
    assert (changed["id"], changed["text"], changed["may_change"]) == (made["id"], "您好！", True)
    await responses.delete(made["id"], by=boss)
    assert await titles(db, lin) == []


async def test_ones_own_are_nobody_elses_not_even_a_supervisors(db: Database):
    boss, lin = await a_user(db, "boss", "supervisor"), await a_user(db, "lin")
    zhou = await a_user(db, "zhou")
    responses = CannedResponses(db)
    made = await responses.save(None, own(lin), by=lin)

    assert made["personal"]
    assert made["may_change"]
    assert await titles(db, lin) == ["我的开场"]
    for other in (boss, zhou):
        assert await titles(db, other) == []
        for attempt in (
            responses.delete(made["id"], by=other),
            responses.save(made["id"], own(other), by=other),
            responses.used(made["id"], other),
        ):
            with pytest.raises(NotFound) as refused:
                await attempt
            assert refused.value.code == "canned_unknown"
    assert await titles(db, lin) == ["我的开场"]


async def test_a_teams_is_for_its_members_and_supervisors_until_the_team_is_gone(db: Database):
    boss, lin = await a_user(db, "boss", "supervisor"), await a_user(db, "lin")
    zhou = await a_user(db, "zhou")
    team_id = await a_team(db, "宽带", "lin")
    responses = CannedResponses(db)
    made = await responses.save(None, replace(HELLO, team_id=team_id), by=boss)

    assert await titles(db, lin) == await titles(db, boss) == ["问候"]
    assert await titles(db, zhou) == []
    with pytest.raises(NotFound):
        await responses.used(made["id"], zhou)

    await Teams(db).delete(team_id, by=None)
    assert await titles(db, zhou) == ["问候"]


async def test_a_team_that_is_not_there_is_refused(db: Database):
    boss = await a_user(db, "boss", "supervisor")
    with pytest.raises(InvalidInput) as refused:
        await CannedResponses(db).save(None, replace(HELLO, team_id="nowhere"), by=boss)
    assert refused.value.code == "team_unknown"


async def test_what_one_uses_is_counted_for_oneself_alone(db: Database):
    boss, lin = await a_user(db, "boss", "supervisor"), await a_user(db, "lin")
    responses = CannedResponses(db)
    made = await responses.save(None, HELLO, by=boss)

    await responses.used(made["id"], lin)
    await responses.used(made["id"], lin)

    assert [one["uses"] for one in await responses.list(lin)] == [2]
    assert [one["uses"] for one in await responses.list(boss)] == [0]
    changed = await responses.save(made["id"], HELLO, by=boss)
    assert changed["uses"] == 0
    assert [one["uses"] for one in await responses.list(lin)] == [2]
    await responses.delete(made["id"], by=boss)  # with how often it was used
    assert await responses.list(lin) == []


async def test_there_is_a_limit_to_how_many_one_keeps(db: Database, monkeypatch):
    monkeypatch.setattr(canned, "MOST", 2)
    boss, lin = await a_user(db, "boss", "supervisor"), await a_user(db, "lin")
    responses = CannedResponses(db)
    for title in ("一", "二"):
        made = await responses.save(None, own(lin, title), by=lin)

    with pytest.raises(Conflict) as refused:
        await responses.save(None, own(lin, "三"), by=lin)
    assert refused.value.code == "canned_too_many"
    await responses.save(made["id"], own(lin, "还是二"), by=lin)  # changing one adds none
    await responses.save(None, HELLO, by=boss)  # what is shared is counted apart


async def test_every_change_leaves_an_event_without_words(db: Database):
    boss = await a_user(db, "boss", "supervisor")
    responses = CannedResponses(db)
    made = await responses.save(None, HELLO, by=boss)
    await responses.delete(made["id"], by=boss)

    async with db.connect() as conn:
        rows = list(await conn.execute(sa.select(events).order_by(events.c.id)))
    told = [(row.type, row.actor, row.data) for row in rows if row.type.startswith("canned.")]
    about = {"canned_id": made["id"]}
    actor = f"user:{boss.id}"
    assert told == [("canned.saved", actor, about), ("canned.deleted", actor, about)]


async def test_who_saves_one_that_a_colleague_changed_meanwhile_is_told(db: Database):
    boss, other = await a_user(db, "boss", "supervisor"), await a_user(db, "zhou", "supervisor")
    kept = CannedResponses(db)
    made = await kept.save(None, HELLO, by=boss)
    title = replace(HELLO, title="开场白")
    changed = await kept.save(made["id"], title, by=other, read_at=made["version"])

    with pytest.raises(Conflict, match="客服zhou刚保存了") as refused:
        await kept.save(made["id"], HELLO, by=boss, read_at=made["version"])

    assert refused.value.code == "canned_changed"
    assert [one["title"] for one in await kept.list(boss)] == ["开场白"]
    assert (changed["version"], changed["updated_by"]) == (2, "客服zhou")
    # A program that does not say what it read gets what it asks for.
    assert (await kept.save(made["id"], HELLO, by=boss))["version"] == 3
