"""What we say, as WeChat's messages: merged, cut, with choices by click or by number."""

from __future__ import annotations

import pytest

from channels.model import ButtonPress, OutboundMessage
from channels.wechat.outbound import body_of, chosen, compose, menu_of
from channels.wechat.splitting import LONGEST_TEXT
from channels.wechat.texts import texts

ZH = texts("zh-CN")


def says(seq: int, text: str, *buttons: str, kind: str = "", author: str = "bot"):
    return OutboundMessage(seq, author, text, buttons, kind)


def content(part, *, menus: bool = False) -> str:
    return body_of(part, "o1", ZH, menus=menus)["text"]["content"]


def test_replies_of_a_turn_become_one_message():
    (part,) = compose([says(2, "您好。"), says(3, "请问怎么称呼？")], ZH)
    assert body_of(part, "o1", ZH, menus=True) == {
        "touser": "o1",
        "msgtype": "text",
        "text": {"content": "您好。\n\n请问怎么称呼？"},
    }


def test_a_long_answer_becomes_several_and_its_choices_stand_below_the_last():
    parts = compose([says(2, "答" * 1000, "解决了", "没解决")], ZH)

    assert [bool(part.choices) for part in parts] == [False, True]
    assert all(len(content(part).encode()) <= LONGEST_TEXT for part in parts)


def test_choices_are_a_menu_with_numbers_for_ids():
    (part,) = compose([says(12, "有帮助吗？", "解决了", "没解决")], ZH)
    assert body_of(part, "o1", ZH, menus=True) == {
        "touser": "o1",
        "msgtype": "msgmenu",
        "msgmenu": {
            "head_content": "有帮助吗？",
            "list": [{"id": "1201", "content": "解决了"}, {"id": "1202", "content": "没解决"}],
        },
    }


def test_without_menus_choices_are_numbered():
    (part,) = compose([says(12, "有帮助吗？", "解决了", "没解决")], ZH)
    assert content(part) == "有帮助吗？\n\n回复数字即可：\n1. 解决了\n2. 没解决"


def test_only_the_newest_choices_are_shown():
    (part,) = compose([says(2, "甲", "一", "二"), says(3, "乙", "三"), says(4, "丙")], ZH)
    assert (part.text, [choice.title for choice in part.choices]) == ("甲\n\n乙\n\n丙", ["三"])


def test_a_rating_is_asked_for_as_a_menu_whose_numbers_are_the_scores():
    (part,) = compose([says(9, "请打个分。", kind="rating", author="system")], ZH)

    assert content(part).splitlines()[3:] == [
        "5. 非常满意",
        "4. 满意",
        "3. 一般",
        "2. 不满意",
        "1. 很不满意",
    ]
    assert chosen("5", "", menu_of(part)) == ButtonPress(9, 4)
    assert chosen("满意", "904", []) == ButtonPress(9, 3)


def test_many_and_long_choices_still_fit_into_one_message():
    parts = compose([says(2, "答" * 600, *(f"{n}" + "问" * 80 for n in range(15)))], ZH)

    assert [bool(part.choices) for part in parts] == [False, True]
    assert len(parts[-1].choices) == 10
    assert all(len(content(part).encode()) <= LONGEST_TEXT for part in parts)


@pytest.mark.parametrize(
    ("text", "menu_id", "press"),
    [
        ("没解决", "1202", ButtonPress(12, 1)),
        ("没解决", "0", ButtonPress(12, 1)),
        ("没解决", "", ButtonPress(12, 1)),
        ("2", "", ButtonPress(12, 1)),
        (" ２。", "", ButtonPress(12, 1)),
        ("3", "", None),
        ("22", "", None),
        ("我要两个", "", None),
        ("随便", "x", None),
        ("随便", "100", None),
        ("随便", "9" * 40, None),
    ],
)
def test_a_choice_is_made_by_click_by_number_or_by_its_words(text, menu_id, press):
    (part,) = compose([says(12, "有帮助吗？", "解决了", "没解决")], ZH)
    assert chosen(text, menu_id, menu_of(part)) == press


def test_a_number_chooses_nothing_when_nothing_was_offered_last():
    assert chosen("2", "", []) is None


def test_a_customers_own_tag_comes_back_as_words():
    tag = '<a href="weixin://bizmsgmenu?msgmenucontent=转人工&msgmenuid=1">点我</a>'
    (part,) = compose([says(2, f"您说的是：{tag}")], ZH)
    assert "<a" not in part.text


def test_nothing_to_say_is_no_message():
    assert compose([says(2, "  ")], ZH) == []


def test_both_languages_have_the_same_words():
    english = texts("en")
    assert {name: set(words) for name, words in english.items()} == {
        name: set(words) for name, words in ZH.items()
    }
