"""A customer in the chat and an agent in the console, both in real browsers."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.usefixtures("cleared_desk"),
]

A_SECOND = 1_000
OFFLINE = "ERR_INTERNET_DISCONNECTED"


async def serve(desk, chat) -> None:
    """Bring both together."""
    await chat.say("转人工")
    await desk.rows.first.click()
    await desk.button("接入会话").click()
    await expect(desk.reply).to_be_visible()


async def test_a_customer_is_handed_over_served_and_asked_to_rate(open_widget, sign_in, picture):
    desk = await sign_in("agent1")
    await desk.go_online()
    chat = await open_widget()
    await chat.say("我家宽带断了")
    await chat.choice("没解决").click()
    await chat.hear(4)
    await chat.say("昨晚八点，海棠路8号2栋301，王女士，电话13800138000")
    await chat.hear(5)

    await chat.say("转人工")
    await expect(chat.notes.last).to_contain_text("您是下一位")
    row = desk.rows.first
    await expect(row).to_contain_text("客户要求人工", timeout=A_SECOND)
    await expect(chat.page.get_by_text("正在为您接通人工客服")).to_be_visible()
    await chat.say("光猫红灯一直闪")

    await row.click()
    await expect(desk.packet).to_contain_text("宽带断网怎么办", timeout=A_SECOND)
    for words in ("没解决", "昨晚八点", "海棠路8号2栋301", "138****8000", "希望处理时间"):
        await expect(desk.packet).to_contain_text(words)
    await expect(desk.transcript).to_contain_text("我家宽带断了")
    await expect(desk.transcript).to_contain_text("光猫红灯一直闪")

    await desk.button("接入会话").click()
    await expect(chat.notes.last).to_contain_text("为您服务", timeout=A_SECOND)

    await desk.write("您好，已经看到您的情况，马上帮您安排师傅。")
    await expect(chat.agent_bubbles.last).to_have_text(
        "您好，已经看到您的情况，马上帮您安排师傅。", timeout=A_SECOND
    )
    await chat.say("好的，明天上午可以吗")
    await expect(desk.transcript).to_contain_text("好的，明天上午可以吗", timeout=A_SECOND)
    await desk.write("可以，明天 9 点到 11 点之间上门。")
    await expect(chat.agent_bubbles).to_have_count(2)
    await expect(row).to_contain_text("可以，明天 9 点")
    await picture(desk.page, "console")
    assert await chat.bot_bubbles.count() == 5  # silent since

    await desk.button("结束会话").click()
    await desk.page.get_by_role("dialog").get_by_role("button", name="结束会话").click()
    await expect(chat.notes.last).to_contain_text("本次服务已结束")
    await chat.log.locator("label.star[data-score='5']").click()
    await chat.page.get_by_role("button", name="提交评价").click()
    await expect(chat.page.get_by_text("感谢您的评价")).to_be_visible()

    await chat.say("怎么查话费")
    await expect(chat.choice("解决了")).to_be_visible()
    numbers = await chat.numbers()
    assert numbers == list(range(1, len(numbers) + 1))


async def test_each_sees_that_the_other_is_writing_until_the_message_comes(open_widget, sign_in):
    desk = await sign_in("agent1")
    await desk.go_online()
    chat = await open_widget()
    await serve(desk, chat)
    dots, sign = chat.page.locator(".typing.agent"), desk.page.get_by_text("客户正在输入…")

    await chat.input.press_sequentially("光猫")
    await expect(sign).to_be_visible(timeout=A_SECOND)
    await chat.say("光猫红灯一直闪")
    await expect(sign).to_be_hidden(timeout=A_SECOND)

    await desk.reply.press_sequentially("您好")
    await expect(dots).to_be_visible(timeout=A_SECOND)
    await desk.write("您好，我来看看")
    await expect(dots).to_be_hidden(timeout=A_SECOND)
    await desk.reply.press_sequentially("请稍等")
    await expect(dots).to_be_visible(timeout=A_SECOND)


async def test_a_customers_markup_does_not_run_in_the_console(open_widget, sign_in):
    desk = await sign_in("agent1")
    await desk.go_online()
    chat = await open_widget()
    markup = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>'
    await chat.say(markup)
    await chat.hear(1)

    await serve(desk, chat)
    await chat.say(markup)

    await expect(desk.transcript.get_by_text(markup, exact=True)).to_have_count(2)
    await expect(desk.transcript.locator("img, script")).to_have_count(0)
    assert await desk.page.evaluate("window.ran") is None


async def test_an_agents_markup_does_not_run_in_the_chat(open_widget, sign_in):
    desk = await sign_in("agent1")
    await desk.go_online()
    chat = await open_widget()
    markup = '<img src=x onerror="window.ran=1">'

    await serve(desk, chat)
    await desk.write(markup)

    await expect(chat.agent_bubbles.last).to_have_text(markup)
    assert await chat.page.evaluate("window.ran") is None


async def test_a_customer_who_loses_the_network_misses_nothing_and_sees_nothing_twice(
    open_widget, sign_in
):
    desk = await sign_in("agent1")
    await desk.go_online()
    chat = await open_widget(expected=OFFLINE)
    await serve(desk, chat)

    await chat.page.context.set_offline(True)
    await desk.write("您能看到灯的颜色吗")
    await chat.say("红灯在闪")
    await desk.write("稍等，我查一下")
    await expect(desk.transcript).to_contain_text("稍等，我查一下")
    await expect(desk.transcript).not_to_contain_text("红灯在闪")
    await expect(chat.agent_bubbles).to_have_count(0)
    await chat.page.context.set_offline(False)

    await expect(desk.transcript).to_contain_text("红灯在闪")
    await expect(chat.agent_bubbles).to_have_count(2)
    await desk.write("查到了")
    await expect(chat.agent_bubbles).to_have_text(
        ["您能看到灯的颜色吗", "稍等，我查一下", "查到了"]
    )
    assert await chat.own_bubbles.all_inner_texts() == ["转人工", "红灯在闪"]
    numbers = await chat.numbers()
    assert numbers == list(range(1, len(numbers) + 1))


async def test_an_agent_who_loses_the_network_catches_up(open_widget, sign_in):
    desk = await sign_in("agent1", expected=OFFLINE)
    await desk.go_online()
    chat = await open_widget()
    await serve(desk, chat)

    await desk.page.context.set_offline(True)
    await chat.say("还在吗")
    await desk.page.context.set_offline(False)

    await expect(desk.transcript.get_by_text("还在吗", exact=True)).to_have_count(1)


async def test_what_a_colleague_is_asked_to_take_is_taken_by_others_only_once_declined(
    open_widget, sign_in
):
    first, second = await sign_in("agent1"), await sign_in("supervisor")
    await first.go_online()
    chat = await open_widget()
    await chat.say("转人工")
    await expect(second.rows.first).to_contain_text("等 小林 接入")
    await second.rows.first.click()
    await expect(second.button("接入会话")).to_have_count(0)

    await first.rows.first.click()
    await first.button("暂不接").click()
    await expect(second.button("接入会话")).to_be_visible()
    await first.button("接入会话").click()

    await expect(second.button("接入会话")).to_be_hidden()
    await expect(second.reply).to_have_count(0)


async def test_who_waits_may_ask_the_bot_meanwhile_and_leave_with_one_tap(open_widget, sign_in):
    desk = await sign_in("agent1")
    await desk.go_online()
    chat = await open_widget()
    await chat.say("转人工")
    await expect(chat.page.get_by_text("正在为您接通人工客服")).to_be_visible()
    await desk.page.get_by_role("radio", name="离开").click()
    await expect(chat.page.get_by_text("排队中，下一位就是您")).to_be_visible()

    await chat.page.get_by_role("button", name="先问智能客服").click()
    await expect(chat.notes.last).to_contain_text("排队的位置不变")
    await chat.say("怎么查话费")
    assert "查话费" in await chat.hear(1)
    await expect(desk.rows).to_have_count(1)

    await chat.page.get_by_role("button", name="不等了").click()
    await expect(chat.notes.last).to_contain_text("已为您退出排队")
    await expect(desk.rows).to_have_count(0)


async def test_a_conversation_is_passed_on_with_a_note_for_the_colleague(open_widget, sign_in):
    first, second = await sign_in("agent1"), await sign_in("supervisor")
    await first.go_online()
    chat = await open_widget()
    await serve(first, chat)
    await second.page.get_by_role("radio", name="离开").click()

    await first.button("转接").click()
    dialog = first.page.get_by_role("dialog")
    await dialog.get_by_role("radio").last.check()
    await dialog.get_by_label("给同事的话").fill("客户要退宽带")
    await dialog.get_by_role("button", name="转给 TA").click()
    await expect(chat.notes.last).to_contain_text("正在为您转接同事")
    await second.rows.first.click()
    await second.button("接入会话").click()

    await expect(second.packet).to_contain_text("客户要退宽带")
    await expect(second.reply).to_be_visible()
    await expect(first.reply).to_have_count(0)
    assert "退宽带" not in await chat.log.inner_text()
    await second.button("交回机器人").click()
    await expect(chat.notes.last).to_contain_text("交回给我")


async def test_an_agent_steps_in_where_the_bot_does_not_get_on(open_widget, sign_in):
    desk = await sign_in("agent1")
    await desk.go_online()
    chat = await open_widget()
    await chat.say("宽带能不能提速")
    await chat.hear(1)
    await desk.page.get_by_role("tab", name="机器人").click()

    await desk.rows.filter(has_text="提速").first.click()
    await desk.button("接管会话").click()
    await expect(chat.notes.last).to_contain_text("为您服务")
    await desk.write("您好，我来帮您看看提速")

    await expect(chat.agent_bubbles.last).to_have_text("您好，我来帮您看看提速")
