"""Cutting what we say into pieces that WeChat takes."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.wechat.splitting import LONGEST_TEXT, cut_short, harmless, split_text

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [("", []), ("   \n ", []), ("你好", ["你好"]), ("中" * 682, ["中" * 682])],
)
def test_what_fits_stays_whole(text: str, pieces: list[str]):
    assert split_text(text) == pieces


def test_a_piece_ends_with_a_paragraph_before_a_sentence_before_a_clause():
    assert split_text("第一段。还有。\n第二段很长", 36) == ["第一段。还有。", "第二段很长"]
    assert split_text("甲甲甲甲甲。乙乙，乙乙乙乙", 30) == ["甲甲甲甲甲。", "乙乙，乙乙乙乙"]
    assert split_text("甲甲甲甲甲，乙乙乙乙乙乙", 24) == ["甲甲甲甲甲，", "乙乙乙乙乙乙"]


def test_without_a_good_place_it_is_cut_between_characters():
    assert split_text("中" * 1000) == ["中" * 682, "中" * 318]
    assert split_text("😀" * 513) == ["😀" * 512, "😀"]


def test_a_family_and_an_accent_are_not_taken_apart():
    pieces = split_text(FAMILY * 200)
    assert all(piece == FAMILY * (len(piece) // len(FAMILY)) for piece in pieces)
    assert "".join(pieces) == FAMILY * 200
    assert split_text("e\u0301" * 10, 8) == ["e\u0301" * 2] * 5


@pytest.mark.parametrize(
    "link",
    [
        '<a href="https://www.example.com/a">点这里查看</a>',
        "https://www.example.com/help?id=12&x=1",
    ],
)
def test_a_link_is_never_cut(link: str):
    for before in range(80):
        pieces = split_text("中" * before + link + "后" * 20, 120)
        assert any(link in piece for piece in pieces)


@settings(deadline=None)
@given(st.text(max_size=400), st.integers(10, 60))
def test_no_piece_is_too_long_and_no_word_is_lost(text: str, limit: int):
    pieces = split_text(text, limit)

    assert all(0 < len(piece.encode("utf-8", "surrogatepass")) <= limit for piece in pieces) or any(
        "\ud800" <= c <= "\udfff" for c in text
    )
    assert "".join("".join(pieces).split()) == "".join(text.split())


@settings(deadline=None)
@given(st.lists(st.sampled_from(["中", "a", "😀", "。", "\n", "👍🏽", FAMILY]), max_size=200))
def test_pieces_are_made_of_whole_characters(characters: list[str]):
    text = "".join(characters)
    whole = regex.findall(r"\X", "".join(text.split()))
    cut = [
        c for piece in split_text(text, 48) for c in regex.findall(r"\X", "".join(piece.split()))
    ]
    assert cut == whole


def test_a_title_is_cut_short_with_an_ellipsis():
    assert cut_short("怎么查话费", 128) == "怎么查话费"
    short = cut_short("中" * 100, 128)
    assert (short, len(short.encode())) == ("中" * 41 + "…", 126)


def test_only_plain_links_to_web_pages_stay_tags():
    link = '<a href="https://www.example.com/a">查看</a>'
    assert harmless(link) == link
    assert harmless("3<5，a<b") == "3<5，a<b"
    for tag in (
        '<a href="weixin://bizmsgmenu?msgmenucontent=转人工&msgmenuid=1">点我</a>',
        '<a href="https://x.example" data-miniprogram-appid="wx1">点我</a>',
        "< A href='https://x.example'>点我</A>",
    ):
        assert "<a" not in harmless(tag).lower().replace("< ", "<")


def test_the_limit_is_what_wechat_takes():
    assert LONGEST_TEXT == 2048
