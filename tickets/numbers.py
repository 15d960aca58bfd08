"""Numbers in words: 十二, 两, 二十三, 半."""

from __future__ import annotations

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}
_DIGITS |= {"六": 6, "七": 7, "八": 8, "九": 9}
_SCALES = {"十": 10, "百": 100, "千": 1000}


def read_number(text: str) -> float | None:
    """Return the number that the words are, below ten thousand; None when they are none.

    Of two numbers side by side (“两三天”) it is the larger.
    """
    if text == "半":
        return 0.5
    try:
        return float(text)
    except ValueError:
        pass
    total, digit = 0, 0
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _SCALES:
            total += (digit or 1) * _SCALES[character]
            digit = 0
        else:
            return None
    return float(total + digit) if text else None
