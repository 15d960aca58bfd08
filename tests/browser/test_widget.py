"""The customer's chat in a real browser, on a phone and on a desktop."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.pages import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

both_sizes = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])


@both_sizes
@pytest.mark.parametrize("verdict", ["解决了", "没解决"])
async def test_an_answer_is_the_approved_one_and_can_be_judged(
    open_widget, approved, picture, size, verdict
):
    chat = await open_widget(**size)

    await chat.say("怎么查话费")

    assert await chat.hear(1) == approved["怎么查话费"]
    await expect(chat.choice("解决了")).to_be_visible()
    await expect(chat.choice("没解决")).to_be_visible()
    if size is PHONE:
        await picture(chat.page, "phone")

    await chat.choice(verdict).click()
    await expect(chat.own_bubbles.last).to_have_text(verdict)
    await chat.hear(2)
    await expect(chat.choice(verdict)).to_have_count(0)
    assert await chat.numbers() == [1, 2, 3, 4]


@both_sizes
async def test_nothing_sticks_out_sideways(open_widget, size):
    chat = await open_widget(**size)
    await chat.say("很长" * 300 + "https://example.com/" + "x" * 300)
    await chat.hear(1)

    for element in (chat.page.locator("html"), chat.page.locator(".scroller")):
        assert await element.evaluate("e => e.scrollWidth <= e.clientWidth")


@both_sizes
async def test_a_fault_ends_in_a_ticket_card(open_widget, size):
    chat = await open_widget(**size)
    await chat.say("我家宽带断了")
    await chat.choice("没解决").click()
    await chat.hear(4)
    await chat.say(
        "昨晚八点，地址是海棠路8号2栋301，我姓王，电话13800138000，明天上午来，光猫亮红灯"
    )
    assert "13800138000" in await chat.hear(5)

    await chat.choice("对，提交").click()

    number = chat.log.locator(".ticket-number")
    await expect(number).to_have_text(re.compile(r"^20\d{6}-\d{4}$"))
    assert await number.inner_text() in await chat.hear(6)


async def test_markup_is_shown_as_text_and_does_not_run(open_widget):
    chat = await open_widget()
    markup = '<img src=x onerror="window.ran=1"><script>window.ran=1</script> & <b>粗</b>'

    await chat.say(markup)
    await chat.hear(1)

    assert await chat.own_bubbles.last.inner_text() == markup
    await expect(chat.log.locator("img, script, b")).to_have_count(0)
    assert await chat.page.evaluate("window.ran") is None


async def test_characters_of_all_planes_are_shown(open_widget):
    chat = await open_widget()
    await chat.say("𠮷野家 👨‍👩‍👧 𝔘")
    await chat.hear(1)
    assert await chat.own_bubbles.last.inner_text() == "𠮷野家 👨‍👩‍👧 𝔘"


async def test_a_reload_shows_the_conversation_again_and_it_goes_on(open_widget):
    chat = await open_widget()
    await chat.say("怎么查话费")
    answer = await chat.hear(1)

    await chat.page.reload()
    await chat.open()

    assert await chat.hear(1) == answer
    await chat.choice("解决了").click()
    await chat.hear(2)
    assert await chat.numbers() == [1, 2, 3, 4]


async def test_a_link_on_the_page_opens_the_chat_with_its_words(new_page):
    page = await new_page(**DESKTOP)
    await page.goto("/")

    await page.get_by_role("button", name="怎么查话费", exact=True).click()

    await expect(page.get_by_label("消息内容")).to_have_value("怎么查话费")


async def test_what_is_written_without_a_network_is_sent_when_it_is_back(open_widget):
    chat = await open_widget(expected="ERR_INTERNET_DISCONNECTED")
    await chat.say("你好")
    await chat.hear(1)

    await chat.page.context.set_offline(True)
    await chat.say("怎么查话费")
    await chat.say("谢谢")
    await expect(chat.page.get_by_text("网络不太好，消息会自动重发")).to_be_visible()
    await expect(chat.own_bubbles).to_have_count(3)
    await chat.page.context.set_offline(False)

    await chat.hear(3)
    await expect(chat.page.get_by_text("网络不太好，消息会自动重发")).to_be_hidden()
    assert await chat.own_bubbles.all_inner_texts() == ["你好", "怎么查话费", "谢谢"]
    numbers = await chat.numbers()
    assert numbers == list(range(1, len(numbers) + 1))
