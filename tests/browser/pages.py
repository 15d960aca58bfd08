"""The widget and the consoles, as their users know them: by what is written on them."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Locator, Page, expect

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}


class Widget:
    """The chat on the customer page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.input = page.get_by_label("消息内容")
        self.log = page.get_by_role("log", name="对话记录")
        self.bot_bubbles = self.log.locator(".row.bot .bubble")
        self.own_bubbles = self.log.locator(".row.contact .bubble")
        self.agent_bubbles = self.log.locator(".row.agent .bubble")
        self.notes = self.log.locator(".note")

    async def open(self) -> None:
        await self.page.get_by_role("button", name="打开在线客服").click()
        await expect(self.page.locator(".panel[data-link='online']")).to_be_visible()

    async def say(self, text: str) -> None:
        await self.input.fill(text)
        await self.input.press("Enter")

    def choice(self, title: str) -> Locator:
        return self.log.get_by_role("button", name=title, exact=True)

    async def hear(self, count: int) -> str:
        """Return the bot's newest words once it has said so many messages."""
        await expect(self.bot_bubbles).to_have_count(count)
        return await self.bot_bubbles.last.inner_text()

    async def numbers(self) -> list[int]:
        """Return the numbers of the messages, in the order in which they are shown."""
        return await self.log.locator("[data-seq]").evaluate_all(
            "elements => elements.map((element) => Number(element.dataset.seq))"
        )


class Console:
    """The agent console and the content console."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.rows = page.get_by_role("region", name="会话列表").locator("li")
        self.packet = page.get_by_role("complementary", name="交接信息")
        self.transcript = page.get_by_role("region", name="聊天记录")
        self.reply = page.get_by_label("回复客户")

    async def sign_in(self, username: str, password: str) -> None:
        await self.page.get_by_label("用户名").fill(username)
        await self.page.get_by_label("密码").fill(password)
        await self.button("登录").click()
        await expect(self.button("退出登录")).to_be_visible()

    async def go_online(self) -> None:
        online = self.page.get_by_role("radio", name="在线")
        await online.click()
        await expect(online).to_be_checked()
        await expect(self.page.get_by_text("已连接")).to_be_visible()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def field(self, name: str) -> Locator:
        """A field of the article; the list beside it has fields with the same words."""
        label = self.page.locator(".editor label", has_text=re.compile(rf"^\s*{name}"))
        return label.locator("input, textarea")

    async def write(self, text: str) -> None:
        await self.reply.fill(text)
        await self.reply.press("Enter")
