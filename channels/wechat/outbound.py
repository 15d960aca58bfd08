"""What we say, as WeChat's messages: merged, cut into parts, with choices. Pure.

A choice's id is a number made of its message's and its own, so a click on an old menu still says
which it was; WeChat gives any other id back as 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from channels.model import ButtonPress, OutboundMessage
from channels.wechat.splitting import LONGEST_TEXT, cut_short, harmless, split_text

MOST_CHOICES = 10
IDS_A_MESSAGE = 100
LONGEST_HEAD = 1024
"""Bytes above the choices of a menu."""
LONGEST_TITLE = 128
"""Bytes of one choice."""
RATING = "rating"
"""What asks for a rating; the choices of such a message are the scores."""

_SPACE_AND_STOPS = re.compile(r"[\s。．.、]+")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


@dataclass(frozen=True)
class Choice:
    """One line of a menu. `number` is what a customer may type in its place."""

    id: int
    number: int
    title: str


@dataclass(frozen=True)
class Part:
    """One message of WeChat's: words, and choices below them."""

    text: str
    choices: tuple[Choice, ...] = ()


def compose(
    messages: Sequence[OutboundMessage], words: Mapping[str, Mapping[str, str]]
) -> list[Part]:
    """Return the messages as few parts, the newest one's choices below the last.

    Only the newest choices are shown: what one typed could mean either of two.
    """
    said = [harmless(message.text.strip()) for message in messages]
    pieces = split_text("\n\n".join(filter(None, said)))
    choices = _choices(messages, words["rating"])
    if not choices:
        return [Part(piece) for piece in pieces]
    last = Part(pieces.pop() if pieces else words["said"]["choose"], choices)
    room = LONGEST_TEXT - len(_numbered(last, words).encode()) + len(last.text.encode())
    if len(last.text.encode()) > min(room, LONGEST_HEAD):
        pieces.append(last.text)
        last = Part(words["said"]["choose"], choices)
    return [*map(Part, pieces), last]


def _choices(messages: Sequence[OutboundMessage], ratings: Mapping[str, str]) -> tuple[Choice, ...]:
    for message in reversed(messages):
        if message.kind == RATING:
            scores = ((int(score), title) for score, title in ratings.items())
            return tuple(Choice(_id(message.seq, s), s, title) for s, title in scores)
        if message.buttons:
            return tuple(
                Choice(_id(message.seq, n), n, cut_short(harmless(title), LONGEST_TITLE))
                for n, title in enumerate(message.buttons[:MOST_CHOICES], start=1)
            )
    return ()


def _id(seq: int, number: int) -> int:
    return seq * IDS_A_MESSAGE + number


def body_of(
    part: Part, open_id: str, words: Mapping[str, Mapping[str, str]], *, menus: bool
) -> dict[str, Any]:
    """Return the body of `custom/send`; without `menus` the choices are a numbered list."""
    if part.choices and menus:
        menu = {
            "head_content": part.text,
            "list": [{"id": str(choice.id), "content": choice.title} for choice in part.choices],
        }
        return {"touser": open_id, "msgtype": "msgmenu", "msgmenu": menu}
    content = _numbered(part, words) if part.choices else part.text
    return {"touser": open_id, "msgtype": "text", "text": {"content": content}}


def _numbered(part: Part, words: Mapping[str, Mapping[str, str]]) -> str:
    lines = [f"{choice.number}. {choice.title}" for choice in part.choices]
    return "\n".join([part.text, "", words["said"]["choose_by_number"], *lines])


def menu_of(part: Part) -> list[dict[str, Any]]:
    """Return the part's choices to be kept, for `chosen` to read."""
    return [asdict(choice) for choice in part.choices]


def chosen(text: str, menu_id: str, menu: Sequence[Mapping[str, Any]]) -> ButtonPress | None:
    """Return the choice that a customer made, or None when they said something else.

    Args:
        text: what they typed or clicked.
        menu_id: WeChat's word for which one they clicked; 0 when it does not know.
        menu: the choices they saw last, by `menu_of`; empty when something else came since.
    """
    if menu_id.isascii() and menu_id.isdigit() and len(menu_id) < 12:
        seq, number = divmod(int(menu_id), IDS_A_MESSAGE)
        if seq and number:
            return ButtonPress(seq, number - 1)
    typed = _SPACE_AND_STOPS.sub("", text).translate(_FULL_WIDTH)
    for choice in menu:
        if typed in (str(choice["number"]), _SPACE_AND_STOPS.sub("", choice["title"])):
            seq, number = divmod(choice["id"], IDS_A_MESSAGE)
            return ButtonPress(seq, number - 1)
    return None
