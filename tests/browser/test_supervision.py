"""A supervisor watches, whispers and takes over, and two who read the same see each other."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.pages import Console

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.usefixtures("cleared_desk"),
]

A_SECOND = 1_000
WHISPER = "这位是老客户，先道歉再解释"


async def watch(boss: Console, words: str) -> Page:
    """Open the supervisor's page and there the conversation with these words."""
    page = boss.page
    await page.get_by_role("link", name="监控").click()
    await page.locator("tbody tr").filter(has_text=words).first.click()
    await expect(page.get_by_role("complementary", name="会话")).to_contain_text("服务中")
    return page


async def test_a_supervisor_watches_whispers_and_takes_over(open_widget, sign_in, picture):
    desk, boss = await sign_in("agent1"), await sign_in("supervisor")
    await desk.go_online()
    chat = await open_widget()
    await chat.say("转人工")
    await desk.rows.first.click()
    await desk.button("接入会话").click()
    await expect(desk.reply).to_be_visible()
    await desk.write("您好，请问有什么可以帮您")
    await expect(chat.agent_bubbles).to_have_count(1)
    await chat.say("你们上个月多扣了我二十块")
    await expect(desk.transcript).to_contain_text("多扣了我二十块")

    page = await watch(boss, "多扣了我二十块")
    opened = page.get_by_role("complementary", name="会话")
    await expect(desk.page.get_by_text("值班主管 也在看")).to_be_visible(timeout=A_SECOND)
    await expect(opened.get_by_text("小林 也在看")).to_be_visible(timeout=A_SECOND)

    await opened.get_by_label("给坐席的悄悄话").fill(WHISPER)
    await opened.get_by_role("button", name="悄悄说").click()
    await expect(desk.transcript.get_by_text(WHISPER)).to_be_visible(timeout=A_SECOND)
    await expect(desk.page.get_by_text("给您说了悄悄话")).to_be_visible()
    await expect(opened.get_by_text(WHISPER)).to_be_visible()
    await chat.say("还在吗")
    await expect(opened.get_by_text("还在吗", exact=True)).to_be_visible(timeout=A_SECOND)
    await picture(page, "supervision")

    await opened.get_by_role("button", name="接管").click()
    await page.get_by_role("dialog").get_by_role("button", name="接管会话").click()
    await expect(boss.reply).to_be_visible()
    await expect(chat.notes.last).to_contain_text("接下来由 值班主管 继续为您服务")
    await expect(desk.page.get_by_text("主管接管了您和")).to_be_visible()
    await expect(desk.reply).to_have_count(0)
    await boss.write("我是值班主管，马上为您核对")
    await expect(chat.agent_bubbles.last).to_have_text("我是值班主管，马上为您核对")

    await chat.page.reload()
    await chat.open()
    await expect(chat.agent_bubbles.last).to_have_text("我是值班主管，马上为您核对")
    assert WHISPER not in await chat.page.inner_text("body")


async def test_whose_window_closes_is_no_longer_named_as_a_reader(open_widget, sign_in):
    desk, boss = await sign_in("agent1"), await sign_in("supervisor")
    await desk.go_online()
    chat = await open_widget()
    await chat.say("转人工")
    await desk.rows.first.click()
    await desk.button("接入会话").click()
    await chat.say("我的路由器坏了")
    page = await watch(boss, "我的路由器坏了")
    sign = desk.page.get_by_text("值班主管 也在看")
    await expect(sign).to_be_visible(timeout=A_SECOND)

    await page.get_by_role("complementary", name="会话").get_by_role("button", name="关闭").click()

    await expect(sign).to_be_hidden(timeout=A_SECOND)


async def test_an_agent_who_is_made_offline_is_told_and_their_customer_is_passed_on(
    open_widget, sign_in
):
    desk, boss = await sign_in("agent1"), await sign_in("supervisor")
    await desk.go_online()
    chat = await open_widget()
    await chat.say("转人工")
    await desk.rows.first.click()
    await desk.button("接入会话").click()
    await expect(chat.notes.last).to_contain_text("为您服务")
    customer = re.search(r"访客\w{4}", await desk.rows.first.inner_text())
    assert customer is not None
    page = boss.page
    await page.get_by_role("link", name="监控").click()
    await page.get_by_role("tab", name="坐席").click()

    await page.get_by_label("小林 的状态").select_option("离线")
    await page.get_by_role("dialog").get_by_role("button", name="改为离线").click()

    await expect(desk.page.get_by_text("主管把您的状态改成了“离线”")).to_be_visible()
    await expect(chat.notes.last).to_contain_text("客服暂时都不在线")
    await page.get_by_role("tab", name="提醒").click()
    taken_back = page.locator("li").filter(has_text="坐席离开，会话被收回")
    row = taken_back.filter(has_text=customer.group()).first
    await expect(row).to_contain_text("小林")
    await row.get_by_role("button", name="看会话").click()
    await expect(page.get_by_role("complementary", name="会话")).to_contain_text("排队中")
    await page.get_by_role("button", name="全部标为已看").click()
    await page.reload()
    await page.get_by_role("tab", name="提醒").click()
    await expect(page.locator("li.unseen")).to_have_count(0)
