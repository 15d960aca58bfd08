"""An administrator makes a webhook, tries it out, and reads what was sent."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PAGE = "/console/settings/webhooks"
NOBODY_THERE = "http://127.0.0.1:1/hook"


async def test_a_webhook_is_made_tried_out_read_about_and_removed(sign_in):
    admin = await sign_in("admin", PAGE, r"status of 422")
    page = admin.page
    await admin.button("新建回调").click()
    form = page.get_by_role("dialog", name="新建回调")
    await form.get_by_label("接收地址").fill("ftp://x")
    await form.get_by_role("button", name="创建").click()
    await expect(form.get_by_role("alert")).to_contain_text("http:// 或 https:// 开头")
    await form.get_by_label("接收地址").fill(NOBODY_THERE)
    await form.get_by_label("只要其中几种").fill("csat.received")
    await form.get_by_role("button", name="创建").click()

    secret = page.get_by_role("dialog", name="签名密钥")
    await expect(secret.get_by_role("textbox")).to_have_value(re.compile("^whsec_"))
    await page.keyboard.press("Escape")
    await expect(secret).to_be_visible()  # not lost by a slip
    await secret.get_by_role("button", name="我已保存好").click()

    row = page.get_by_role("listitem").filter(has_text=NOBODY_THERE)
    for pattern in ("conversation.*", "handoff.*", "ticket.*", "csat.received"):
        await expect(row.get_by_text(pattern, exact=True)).to_be_visible()
    await row.get_by_role("button", name="发送测试").click()
    log = page.get_by_role("dialog", name="发送记录")
    await expect(log.get_by_text("连不上对方")).to_be_visible()
    await log.get_by_text("webhook.test").first.click()
    await expect(log.get_by_text('"type":"webhook.test"')).to_be_visible()
    await page.keyboard.press("Escape")

    await row.get_by_role("button", name="停用").click()
    await expect(row.get_by_text("已停用")).to_be_visible()
    await row.get_by_role("button", name="启用").click()
    ask = page.get_by_role("dialog", name="启用这个回调？")
    await ask.get_by_role("button", name="启用").click()
    await expect(row.get_by_text("已启用")).to_be_visible()
    await row.get_by_role("button", name="删除").click()
    await page.get_by_role("dialog").get_by_role("button", name="删除").click()
    await expect(row).to_have_count(0)


async def test_supervisors_do_not_get_there(sign_in):
    boss = await sign_in("supervisor", PAGE)
    await expect(boss.page).to_have_url(re.compile(r"/console/desk"))
    await expect(boss.page.get_by_role("link", name="回调通知")).to_have_count(0)
