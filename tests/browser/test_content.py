"""Content staff at work, and the customer who profits at once."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ANSWER = "远岸小岛卡是演示用的套餐：\n1. 月费 29 元；\n2. 含 30 GB 国内流量。"


async def test_an_article_is_written_tried_published_and_answers_at_once(
    open_widget, sign_in, picture
):
    chat = await open_widget()
    await chat.say("小岛卡一个月多少钱")
    await chat.hear(1)
    console = await sign_in("admin", "/console/content")

    await console.button("新建文章").click()
    await console.field("标准问题").fill("小岛卡怎么收费")
    await console.field("相似问法").fill("小岛卡一个月多少钱\n小岛卡资费")
    await console.field("答案").fill(ANSWER)
    await console.field("分类").fill("套餐")

    tried = console.page.get_by_placeholder("例如：我这个月话费多少")
    await tried.fill("小岛卡每个月要多少钱")
    await console.button("试一下").click()
    await expect(console.page.get_by_text("直接回答")).to_be_visible()
    await expect(console.page.get_by_text("当前草稿", exact=True)).to_be_visible()
    await picture(console.page, "content")

    await console.button("保存草稿").click()
    await expect(console.page.get_by_text("草稿已保存")).to_be_visible()
    await chat.say("小岛卡一个月多少钱")
    assert await chat.hear(2) != ANSWER

    await console.button("发布").click()
    await expect(console.page.get_by_text("已发布，客户现在就能问到")).to_be_visible()
    await chat.say("小岛卡一个月多少钱")
    assert await chat.hear(3) == ANSWER


async def test_a_changed_article_is_served_as_it_was_until_it_is_published_again(
    open_widget, sign_in
):
    console = await sign_in("admin", "/console/content")
    await console.button("新建文章").click()
    await console.field("标准问题").fill("礁石卡怎么注销")
    await console.field("答案").fill("第一版")
    await console.button("发布").click()
    await expect(console.page.get_by_text("已发布，客户现在就能问到")).to_be_visible()
    await console.field("答案").fill("第二版")
    await console.button("保存草稿").click()
    await expect(console.page.get_by_text("草稿已保存")).to_be_visible()
    chat = await open_widget()

    await chat.say("礁石卡怎么注销")
    assert await chat.hear(1) == "第一版"
    await console.button("发布修改").click()
    await expect(console.page.get_by_text("已发布，客户现在就能问到")).to_be_visible()
    await chat.say("礁石卡怎么注销")
    assert await chat.hear(2) == "第二版"
