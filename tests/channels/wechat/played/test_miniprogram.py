"""A mini-program as WeChat plays it: XML or JSON, sealed or plain, four kinds of messages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from handoff.rasa import BotTurn, Reply
from tests.channels.wechat.played.conftest import Stage, a_stage
from tests.wechat_simulator import kinds

ENTER = kinds.event("user_enter_tempsession", SessionFrom="order-7")
FORMS = [(form, mode) for form in ("xml", "json") for mode in ("secure", "compatible", "plain")]


@pytest.fixture
async def mini(tmp_path: Path) -> AsyncIterator[Stage]:
    settings = {"mini": {"mini": True, "data_format": "json", "text_ids": True}}
    async with a_stage(tmp_path, settings) as made:
        yield made
        assert made.world.violations == []


def choices(*titles: str) -> BotTurn:
    buttons = tuple({"title": title, "payload": f"/{title}"} for title in titles)
    return BotTurn((Reply("您想问哪一个？", buttons),), {})


@pytest.mark.parametrize(("form", "mode"), FORMS)
async def test_words_come_in_every_form_and_are_answered(tmp_path: Path, form: str, mode: str):
    settings = {"mini": {"mini": True, "data_format": form, "mode": mode, "text_ids": True}}
    async with a_stage(tmp_path, settings) as made:
        amy = made.accounts["mini"].customer("amy")
        delivery = await amy.says("怎么退货😀？")
        await delivery.again(2)
        await made.rest()

        assert amy.texts == ["答：怎么退货😀？"]
        assert made.world.violations == []


async def test_choices_are_numbered_and_a_number_chooses(mini: Stage):
    mini.site.bot.script = [choices("查订单", "查物流")]
    amy = mini.accounts["mini"].customer("amy")
    await amy.says("查一下")
    await mini.rest()
    await amy.says("2")
    await mini.rest()

    assert [one.kind for one in amy.received] == ["text", "text"]
    assert "1. 查订单\n2. 查物流" in amy.texts[0]
    assert mini.site.bot.heard[-1] == "/查物流"


async def test_a_card_of_a_page_is_read_as_its_title_and_path(mini: Stage):
    amy = mini.accounts["mini"].customer("amy")
    await amy.sends(kinds.page("wx1", "我的订单", "pages/order?id=7"))
    await mini.rest()
    assert mini.site.bot.heard == ["我的订单\npages/order?id=7"]


async def test_who_opens_the_talk_is_welcomed_once_an_hour(mini: Stage):
    amy = mini.accounts["mini"].customer("amy")
    for _ in range(3):
        await amy.event(ENTER, "enter")
        await mini.rest()
    assert len(amy.texts) == 1
    assert "转人工" in amy.texts[0]


async def test_who_is_in_the_middle_of_a_talk_is_not_welcomed(mini: Stage):
    amy = mini.accounts["mini"].customer("amy")
    await amy.says("你好")
    await mini.rest()
    await amy.event(ENTER, "enter")
    await mini.rest()
    assert amy.texts == ["答：你好"]


async def test_the_same_entrance_delivered_twice_is_one(mini: Stage):
    amy = mini.accounts["mini"].customer("amy")
    delivery = await amy.event(ENTER, "enter")
    mini.wechat.greeter._greeted.clear()  # as another process would have it
    await delivery.again()
    await mini.rest()
    assert len(amy.texts) == 1


async def test_what_was_held_is_brought_to_whoever_opens_the_talk_again(mini: Stage):
    lin = await mini.an_agent()
    conversation_id = await mini.served("mini", "amy", lin)
    amy = mini.accounts["mini"].customer("amy")
    for n in range(7):
        await mini.site.world.handoffs.reply(conversation_id, lin, f"r{n}", f"第{n}句")
        await mini.rest()
    assert "第6句" not in "".join(amy.texts)

    mini.world.clock.forward(days=3)
    await amy.event(ENTER, "enter")
    await mini.rest()

    assert "第6句" in amy.texts[-1]


@pytest.mark.parametrize("path", ["custom", "custom/business"])
async def test_the_paths_for_sending_and_typing_are_settings(tmp_path: Path, path: str):
    more: dict[str, Any] = {
        "send": f"/cgi-bin/message/{path}/send",
        "typing": f"/cgi-bin/message/{path}/typing",
    }
    async with a_stage(tmp_path, {"mini": {"mini": True}}, {"mini": more}) as made:
        made.wechat.typing._after = 0
        amy = made.accounts["mini"].customer("amy")
        await amy.says("你好")
        await made.rest()
        shown = await made.site.world.desk.conversation(await made.newest())
        contact_id = shown["conversation"]["contact"]["id"]
        made.wechat.typing._shown.clear()
        made.wechat.typing.begins(contact_id)
        await made.wechat.typing._pending[contact_id]

        assert len(made.world.calls_of(more["send"])) == 1
        assert len(made.world.calls_of(more["typing"])) >= 1
        assert made.world.violations == []
