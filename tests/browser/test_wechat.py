"""A customer on WeChat, as agents and supervisors see them in the console."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import AsyncIterator
from itertools import count

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from tests.browser.pages import Console
from tests.wechat_simulator.app import serving
from tests.wechat_simulator.customer import Customer
from tests.wechat_simulator.faults import Fault
from tests.wechat_simulator.simulator import Simulator
from tests.whole import Product

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.usefixtures("cleared_desk"),
]

SECONDS = 15
UNABLE = 45002
_names = count(1)


@pytest_asyncio.fixture(loop_scope="session")
async def world(product: Product) -> AsyncIterator[Simulator]:
    """WeChat, without trouble at first."""
    world = product.wechat
    async with serving(world, product.wechat_port):
        yield world
        world.faults.clear()
        await world.settled()


@pytest.fixture
def customer(world: Simulator) -> Customer:
    return world.accounts["wx-secure"].customer(f"reader{next(_names)}")


def a_photo(width: int = 480, height: int = 320) -> bytes:
    """A box with a red light, as PNG."""

    def pixel(x: int, y: int) -> bytes:
        if (x - 330) ** 2 + (y - 150) ** 2 < 400:
            return b"\xe0\x30\x20"
        inside = 60 < x < 420 and 90 < y < 230
        return bytes([52, 58, 66]) if inside else bytes([214 - y // 8, 208 - y // 8, 196 - y // 8])

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    rows = b"".join(b"\0" + b"".join(pixel(x, y) for x in range(width)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


async def serve(desk: Console, customer: Customer) -> None:
    await customer.says("转人工")
    await desk.rows.first.click()
    await desk.button("接入会话").click()
    await expect(desk.reply).to_be_visible()
    await customer.sees("为您服务", within=SECONDS)


def meter(desk: Console) -> Locator:
    return desk.page.locator(".reply .meter")


def bubble(desk: Console, words: str) -> Locator:
    return desk.transcript.locator(".bubble", has_text=words)


async def test_an_agent_sees_what_wechat_still_takes_and_what_waits(sign_in, customer, picture):
    desk = await sign_in("agent1")
    await desk.go_online()
    await customer.says("我家光猫红灯一直闪")
    await serve(desk, customer)
    await expect(desk.rows.first).to_contain_text("微信")
    await customer.says("拍了一张，您看看")
    await customer.sends_image(a_photo())
    await expect(desk.transcript.get_by_role("img", name="客户发来的图片")).to_be_visible()
    await expect(meter(desk)).to_have_text(re.compile(r"微信还可发 5 条 · 到 \S+ \d\d:\d\d"))

    said = ("看到了，红灯是没有光信号", "我帮您查一下线路", "查到了", "师傅已经在路上")
    for left, words in zip((4, 3, 2, 1), said, strict=True):
        await desk.write(words)
        await expect(meter(desk)).to_contain_text(f"还可发 {left} 条")
        await expect(meter(desk)).to_have_class(re.compile("low" if left < 3 else "calm"))
        if left == 3:
            await picture(desk.page, "wechat")
    await desk.write("预计下午四点前恢复")
    await expect(meter(desk)).to_have_text("现在发的会等客户下次说话时送达")

    await desk.write("恢复后会告诉您")
    mark = bubble(desk, "恢复后会告诉您").get_by_text("等客户说话时送达")
    await expect(mark).to_have_attribute("title", re.compile("自动送出"))
    assert "恢复后会告诉您" not in customer.texts

    await customer.says("好的")
    await expect(mark).to_be_hidden()
    await expect(meter(desk)).to_contain_text("微信还可发")
    await customer.sees("恢复后会告诉您", within=SECONDS)


async def test_what_wechat_refused_and_what_nobody_knows_of_is_marked_with_the_reason(
    sign_in, customer, world
):
    desk = await sign_in("agent1")
    await desk.go_online()
    await serve(desk, customer)
    world.faults.add(Fault("errcode", code=UNABLE, openid=customer.openid))
    await desk.write("这一句太长了")
    failed = bubble(desk, "这一句太长了").get_by_text("没有送达")
    await expect(failed).to_have_attribute("title", re.compile("消息内容被微信拒收"))

    world.faults.add(Fault("drop", openid=customer.openid))
    await desk.write("这一句没有回音")
    await expect(bubble(desk, "这一句没有回音")).to_contain_text("不确定是否送达")

    await customer.unsubscribes()
    await expect(desk.page.get_by_role("note")).to_have_text(
        re.compile("客户已取消关注，消息送不到。会话已结束")
    )


async def test_files_are_shown_to_agents_supervisors_and_in_the_ticket(sign_in, customer):
    desk, boss = await sign_in("agent1"), await sign_in("supervisor")
    await desk.go_online()
    await customer.says("我家宽带断了")
    await customer.sees("报修", within=SECONDS)
    await customer.taps("没解决")
    await customer.sees("什么时候", within=SECONDS)
    await customer.sends_image(a_photo(320, 240))
    for words, answer in (
        ("昨晚八点，海棠路8号2栋301，光猫亮红灯", "姓"),
        ("王女士，电话13800138000", "什么时候处理"),
        ("明天上午", "核对"),
    ):
        await customer.says(words)
        await customer.sees(answer, within=SECONDS)
    await customer.taps("对，提交")
    registered = await customer.sees("工单号", within=SECONDS)
    number = re.search(r"20\d{6}-\d{4}", registered.text)
    assert number is not None
    await serve(desk, customer)
    await customer.sends_voice()
    await customer.sends_video()

    said = desk.transcript.locator(".bubble", has_text="138****8000").first
    await expect(said).to_contain_text("王女士，电话138****8000")
    await expect(desk.transcript).not_to_contain_text("13800138000")
    await expect(desk.transcript.get_by_role("link", name="下载语音")).to_have_attribute(
        "href", re.compile("/api/wechat/media/")
    )
    await expect(desk.transcript.locator("video[controls]")).to_have_count(1)
    await desk.button("放大图片").focus()
    await desk.page.keyboard.press("Enter")
    large = desk.page.get_by_role("dialog", name="客户发来的图片")
    await expect(large.get_by_role("img")).to_have_js_property("naturalWidth", 320)
    await desk.page.keyboard.press("Escape")
    await expect(large).to_have_count(0)

    page = boss.page
    await page.get_by_role("link", name="监控").click()
    await page.locator("tbody tr").filter(has_text="微信").first.click()
    opened = page.get_by_role("complementary", name="会话")
    await expect(opened.get_by_role("img", name="客户发来的图片")).to_be_visible()
    await opened.locator(".bubble", has_text="王女士，电话").get_by_text("显示号码").click()
    await expect(opened).to_contain_text("王女士，电话13800138000")
    await opened.get_by_role("button", name="改派").click()
    await expect(page.get_by_role("dialog", name="改派")).to_contain_text("改派给 TA")
    await page.keyboard.press("Escape")

    await page.goto(f"/console/tickets/{number.group()}")
    drawer = page.get_by_role("complementary", name="工单详情")
    await drawer.get_by_role("button", name="放大图片").click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(drawer.get_by_role("img", name="客户发来的图片")).to_be_visible()
