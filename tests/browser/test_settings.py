"""A supervisor keeps teams and canned responses; an agent puts them into replies."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.usefixtures("cleared_desk"),
]

SETTINGS = "/console/settings"
REFUSED = r"status of (409|422)"


async def add_canned(console, title: str, text: str, shortcut: str = "") -> None:
    """Fill in and save the form of a new canned response."""
    await console.button("新建快捷回复").click()
    form = console.page.get_by_role("dialog")
    await form.get_by_label("标题").fill(title)
    await form.get_by_label("内容").fill(text)
    await form.get_by_label("快捷码").fill(shortcut)
    await form.get_by_role("button", name="保存").click()


async def remove_canned(console, title: str) -> None:
    row = console.page.get_by_role("listitem").filter(has_text=title)
    await row.get_by_role("button", name="删除").click()
    await console.page.get_by_role("dialog").get_by_role("button", name="删除").click()
    await expect(row).to_have_count(0)


async def test_a_supervisor_makes_a_team_with_hours_and_a_roster_and_removes_it(sign_in, picture):
    boss = await sign_in("supervisor", SETTINGS, REFUSED)
    page = boss.page
    await boss.button("新建技能组").click()
    await boss.page.get_by_label("名称").fill("宽带组")
    await page.get_by_role("group", name="故障类别").get_by_text("宽带上网").click()
    await page.get_by_role("group", name="成员").get_by_label("agent1").check()
    await page.get_by_label("自定义").check()
    await page.get_by_label("工作日结束时间").fill("8")
    await expect(page.get_by_text("09:00–08:00：结束要晚于开始")).to_be_visible()
    await boss.button("创建技能组").click()
    await expect(page.get_by_text("服务时间里有要改的地方")).to_be_visible()
    await page.get_by_label("工作日结束时间").fill("1200")
    await page.get_by_role("button", name="给工作日加一个时段").click()
    await boss.button("创建技能组").click()

    team = page.get_by_role("link", name="宽带组")
    await expect(team).to_contain_text("1 人")
    await expect(team).to_contain_text(re.compile("服务中|开始服务"))
    await expect(page.get_by_label("工作日结束时间").nth(1)).to_have_value("18:00")

    await page.get_by_role("group", name="快速排班").get_by_text("小林").click()
    await boss.button("排到休息日").click()
    await boss.button("保存值班表").click()
    await expect(page.get_by_text("值班表已保存")).to_be_visible()
    await page.reload()
    on_duty = page.get_by_role("button", name=re.compile("^20.* 不排 小林"))
    await expect(on_duty.nth(5)).to_be_attached()  # so many days off has any month
    await expect(page.get_by_role("group", name="成员").get_by_label("agent1")).to_be_checked()
    await picture(page, "teams")

    await boss.button("新建技能组").click()
    await page.get_by_label("名称").fill("宽带组")
    await boss.button("创建技能组").click()
    await expect(page.get_by_text("已经有同名的技能组，请换个名字")).to_be_visible()
    await team.click()
    leaving = page.get_by_role("dialog")
    await leaving.get_by_role("button", name="放弃修改").click()
    await boss.button("删除").click()
    await page.get_by_role("dialog").get_by_role("button", name="删除").click()
    await expect(team).to_have_count(0)


async def test_who_saves_what_a_colleague_changed_meanwhile_sees_both_and_decides(sign_in):
    first = await sign_in("supervisor", f"{SETTINGS}/canned", REFUSED)
    await add_canned(first, "问候", "您好")
    second = await sign_in("admin", f"{SETTINGS}/canned", REFUSED)
    for console, words in ((second, "您好，请稍等"), (first, "您好，马上来")):
        await console.button("修改").first.click()
        await console.page.get_by_role("dialog").get_by_label("内容").fill(words)
    await second.button("保存").click()
    await expect(second.page.get_by_role("dialog")).to_have_count(0)

    await first.button("保存").click()
    conflict = first.page.get_by_role("dialog", name="这条快捷回复刚被别人改过")
    await expect(conflict).to_contain_text("管理员刚保存了新的一版")
    await expect(conflict).to_contain_text("您好，请稍等")
    await conflict.get_by_role("button", name="先不处理").click()
    await expect(first.page.get_by_label("内容", exact=True)).to_have_value("您好，马上来")
    await first.button("保存").click()
    await conflict.get_by_role("button", name="用我的内容覆盖").click()

    await expect(first.page.get_by_role("dialog")).to_have_count(0)
    await second.page.reload()
    row = second.page.get_by_role("listitem").filter(has_text="问候")
    await expect(row).to_contain_text("您好，马上来")
    await remove_canned(second, "问候")


async def test_an_agent_types_a_slash_and_sends_what_a_supervisor_wrote(open_widget, sign_in):
    boss = await sign_in("supervisor", f"{SETTINGS}/canned", REFUSED)
    await add_canned(boss, "开场问候", "您好，{客户名}。", "/nh")
    await expect(boss.page.get_by_text("没有 {客户名} 这个占位符")).to_be_visible()
    form = boss.page.get_by_role("dialog")
    await form.get_by_label("内容").fill("您好，{客户姓名}，我是{客服姓名}。")
    await form.get_by_role("button", name="保存").click()
    await expect(boss.page.get_by_text("/nh")).to_be_visible()
    await add_canned(boss, "光猫重启步骤", "请拔掉光猫电源，30 秒后再插上。")
    await expect(boss.page.get_by_role("dialog")).to_have_count(0)

    desk = await sign_in("agent1")
    await desk.go_online()
    chat = await open_widget()
    await chat.say("转人工")
    await desk.rows.first.click()
    await desk.button("接入会话").click()
    options = desk.page.get_by_role("listbox", name="快捷回复").get_by_role("option")

    await desk.reply.press_sequentially("/")
    await expect(options).to_have_count(2)
    await desk.reply.press("Escape")
    await expect(options).to_have_count(0)
    await desk.reply.press_sequentially("x")
    await expect(options).to_have_count(0)  # closed for as long as these words stand there
    await desk.reply.fill("")
    await desk.reply.fill("/gm")
    await expect(options).to_have_text([re.compile("光猫重启步骤")])
    await desk.reply.fill("/n")
    await desk.reply.press("ArrowDown")  # round to the only one
    await desk.reply.press("Enter")
    await expect(desk.reply).to_have_value(re.compile(r"^您好，\{客户姓名\}，我是小林。$"))
    await expect(desk.page.get_by_text("还没填好：{客户姓名}")).to_be_visible()
    await desk.reply.press("Enter")
    assert await chat.agent_bubbles.count() == 0
    await desk.page.keyboard.type("王女士")  # the gap was selected
    await desk.reply.press("Enter")
    await expect(chat.agent_bubbles.last).to_have_text("您好，王女士，我是小林。")

    await desk.reply.fill("麻烦您：")
    await desk.button("快捷回复").click()
    await expect(options).to_have_count(2)
    await desk.button("快捷回复").click()
    await expect(options).to_have_count(0)
    await desk.button("快捷回复").click()
    await desk.page.get_by_label("写一条备注").click()
    await expect(options).to_have_count(0)
    await desk.button("快捷回复").click()
    await desk.page.get_by_role("combobox", name="搜索").fill("重启")
    await desk.page.keyboard.press("Enter")
    await expect(desk.reply).to_have_value("麻烦您：请拔掉光猫电源，30 秒后再插上。")
    await desk.reply.press("Enter")
    await expect(chat.agent_bubbles).to_have_count(2)

    for title in ("开场问候", "光猫重启步骤"):
        await remove_canned(boss, title)


async def test_enter_that_ends_an_input_methods_word_inserts_nothing(open_widget, sign_in):
    desk = await sign_in("agent1", f"{SETTINGS}/canned")
    await add_canned(desk, "我的问候", "您好，我来帮您。")
    await expect(desk.page.get_by_role("listitem").filter(has_text="我的问候")).to_be_visible()
    await desk.page.get_by_role("link", name="会话").click()
    await desk.go_online()
    chat = await open_widget()
    await chat.say("转人工")
    await desk.rows.first.click()
    await desk.button("接入会话").click()

    await desk.reply.press_sequentially("/wdwh")
    await expect(desk.page.get_by_role("option")).to_have_count(1)
    await desk.reply.evaluate(
        "box => box.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
    )
    await expect(desk.reply).to_have_value("/wdwh")
    await desk.reply.press("Enter")
    await expect(desk.reply).to_have_value("您好，我来帮您。")

    await desk.reply.fill("")
    await desk.page.goto(f"{SETTINGS}/canned")
    await remove_canned(desk, "我的问候")


async def test_an_agent_finds_no_teams_in_the_settings(sign_in):
    desk = await sign_in("agent1", f"{SETTINGS}/teams")
    await expect(desk.rows.or_(desk.page.get_by_text("请从左侧选择一个会话")).first).to_be_visible()
    await desk.page.get_by_role("link", name="设置").click()
    await expect(desk.button("新建快捷回复")).to_be_visible()
    await expect(desk.page.get_by_role("link", name="技能组")).to_have_count(0)
