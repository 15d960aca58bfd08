"""Reminders as WeChat plays them: shown on the phone, reported of, allowed and used up."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from channels.wechat.customer_store import customers
from common.auth import User
from common.errors import SettingsError
from tests.channels.wechat.played.conftest import (
    ON_REQUEST,
    REMINDER,
    TEMPLATE,
    Stage,
    a_stage,
)
from tests.wechat_simulator.faults import Fault


async def answers_late(stage: Stage, account: str, agent: User) -> str:
    """An agent answers when the customer's two days are over; returns the conversation."""
    conversation_id = await stage.served(account, "amy", agent)
    stage.world.clock.forward(days=3)
    await stage.site.world.handoffs.reply(conversation_id, agent, "r1", "师傅明天上午到。")
    return conversation_id


def shown(stage: Stage, account: str, way: str) -> list[str]:
    who = stage.accounts[account].customer("amy")
    return [one.text for one in who.received if one.way == way]


async def rest_after_the_lag(stage: Stage) -> None:
    """WeChat may be late to know of the customer's word, so what it refuses is tried once more."""
    await stage.rest()
    async with stage.site.world.db.begin() as conn:
        await conn.execute(sa.update(customers).values(retry_at=None))
    await stage.rest()


@pytest.mark.parametrize("blocked", [False, True])
async def test_a_late_answer_is_told_of_and_wechat_reports_what_became_of_it(
    stage: Stage, blocked: bool
):
    lin = await stage.an_agent()
    stage.accounts["shop"].customer("amy").blocks_templates = blocked
    conversation_id = await answers_late(stage, "shop", lin)
    await rest_after_the_lag(stage)

    told = shown(stage, "shop", "template")
    assert len(told) == (0 if blocked else 1)
    assert blocked or "您咨询的问题有新回复" in told[0]
    delivery = await stage.site.world.desk.delivery(conversation_id)
    assert delivery is not None
    assert delivery["reminder"]["status"] == ("failed" if blocked else "delivered")

    await stage.accounts["shop"].customer("amy").says("来了")
    await stage.rest()
    assert "师傅明天上午到。" in "".join(shown(stage, "shop", "custom"))


async def test_an_answer_that_is_lost_on_the_way_back_is_repeated_and_shown_once(stage: Stage):
    lin = await stage.an_agent()
    stage.world.faults.add(Fault("drop_done", path="/cgi-bin/message/template/send"))
    await answers_late(stage, "shop", lin)
    await rest_after_the_lag(stage)
    await stage.rest()

    assert len(shown(stage, "shop", "template")) == 1


@pytest.mark.parametrize("times", [0, 1])
@pytest.mark.parametrize("mini", [False, True])
async def test_subscription_messages_go_to_whom_allowed_them(
    tmp_path: Path, times: int, mini: bool
):
    async with a_stage(tmp_path, {"shop": {"mini": mini}}, {"shop": {"reminder": ON_REQUEST}}) as s:
        lin = await s.an_agent()
        for _ in range(times):
            await s.accounts["shop"].customer("amy").answers_notices({TEMPLATE: True})
        await answers_late(s, "shop", lin)
        await rest_after_the_lag(s)
        await s.rest()

        assert len(shown(s, "shop", "notice")) == times
        assert s.world.violations == []


async def test_a_template_is_nothing_for_a_mini_program(tmp_path: Path):
    with pytest.raises(SettingsError, match="subscription"):
        async with a_stage(tmp_path, {"m": {"mini": True}}, {"m": {"reminder": REMINDER}}):
            pass
