"""What custom/send accepts, and what no product should send even where WeChat takes it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from tests.wechat_simulator.refusals import Refused
from tests.wechat_simulator.rules import Rules

Json = dict[str, Any]
Faulty = Iterator[tuple[str, str]]
"""Kind and detail of each thing wrong."""

SERVICE_TYPES: dict[str, tuple[set[str], set[str]]] = {
    "text": ({"content"}, set()),
    "image": ({"media_id"}, set()),
    "voice": ({"media_id"}, set()),
    "video": ({"media_id"}, {"thumb_media_id", "title", "description"}),
    "music": ({"musicurl", "hqmusicurl", "thumb_media_id"}, {"title", "description"}),
    "news": ({"articles"}, set()),
    "mpnews": ({"media_id"}, set()),
    "mpnewsarticle": ({"article_id"}, set()),
    "msgmenu": ({"list"}, {"head_content", "tail_content"}),
    "wxcard": ({"card_id"}, set()),
    "miniprogrampage": ({"title", "appid", "pagepath", "thumb_media_id"}, set()),
}
MINI_TYPES: dict[str, tuple[set[str], set[str]]] = {
    "text": ({"content"}, set()),
    "image": ({"media_id"}, set()),
    "link": ({"title", "description", "url", "thumb_url"}, set()),
    "miniprogrampage": ({"title", "pagepath", "thumb_media_id"}, set()),
}
# An escape of anything but a control character, not itself escaped.
_ESCAPED = re.compile(rb"(?<!\\)(?:\\\\)*\\u(?!00[01])[0-9a-fA-F]{4}")
_TAG = re.compile(r"<a\s[^<>]*>|</a\s*>", re.IGNORECASE)
_HALF_TAG = re.compile(r"<a\s[^<>]*$|<a$|^[^<>]*\bhref=\"[^<>]*\">", re.IGNORECASE)
_JOINER = "\u200d"


def parse(body: bytes) -> Json:
    """Return the JSON object of a call.

    Raises:
        Refused: 44002 empty, 40033 not UTF-8, 47001 not a JSON object.
    """
    if not body:
        raise Refused(44002)
    try:
        parsed = json.loads(body.decode())
    except UnicodeDecodeError as error:
        raise Refused(40033) from error
    except ValueError as error:
        raise Refused(47001) from error
    if not isinstance(parsed, dict):
        raise Refused(47001)
    return parsed


def wrong_on_the_wire(body: bytes) -> Faulty:
    """Yield what is wrong with how the JSON is written."""
    if _ESCAPED.search(body):
        yield "escaped_unicode", body[:120].decode(errors="replace")


def refuse_unsendable(message: Json, *, mini: bool, certified: bool, rules: Rules) -> None:
    """Look at the form of a message.

    Raises:
        Refused: as custom/send does, with 40008, 44004, 45002, 45008, 40200 or 47003.
    """
    types = MINI_TYPES if mini else SERVICE_TYPES
    kind = message.get("msgtype")
    if kind not in types:
        raise Refused(40008)
    payload = message.get(kind)
    if not isinstance(payload, dict):
        raise Refused(47003, f"{kind} is missing")
    if kind == "text":
        check_text(payload.get("content"), rules)
    elif kind == "msgmenu":
        if not certified:
            raise Refused(40200)
        _check_menu(payload, rules)
    elif kind == "news":
        articles = payload.get("articles")
        if not isinstance(articles, list) or not articles:
            raise Refused(44004)
        if len(articles) > rules.articles:
            raise Refused(45008)
    missing = types[kind][0] - set(payload)
    if missing:
        raise Refused(47003, f"{kind} without {', '.join(sorted(missing))}")


def check_text(content: Any, rules: Rules) -> None:
    """Look at a text's length.

    Raises:
        Refused: 44004 empty, 45002 too long.
    """
    if not isinstance(content, str) or not content:
        raise Refused(44004)
    if len(content.encode("utf-8", "surrogatepass")) > rules.text_bytes:
        raise Refused(45002)


def _check_menu(menu: Json, rules: Rules) -> None:
    items = menu.get("list")
    if not isinstance(items, list) or not items:
        raise Refused(44004)
    if not all(isinstance(i, dict) and i.get("content") and i.get("id") for i in items):
        raise Refused(47003, "a menu item needs id and content")
    words = [menu.get("head_content", ""), menu.get("tail_content", "")]
    words += [item["content"] for item in items]
    # Not documented for menus: taken to be a text's limit.
    if sum(len(each.encode()) for each in words) > rules.text_bytes:
        raise Refused(45002)


def wrong_with(message: Json, *, mini: bool) -> Faulty:
    """Yield what a customer would see broken, and fields WeChat does not know."""
    kind = str(message.get("msgtype"))
    yield from _unknown(message, {"touser", "msgtype", "customservice", kind}, "")
    if "customservice" in message:
        yield from _unknown(message["customservice"], {"kf_account"}, "customservice.")
    payload = message.get(kind)
    types = MINI_TYPES if mini else SERVICE_TYPES
    if kind not in types or not isinstance(payload, dict):
        return
    yield from _unknown(payload, types[kind][0] | types[kind][1], f"{kind}.")
    if kind == "text":
        yield from wrong_with_text(str(payload.get("content")))
    elif kind == "msgmenu":
        yield from _wrong_with_menu(payload)


def _wrong_with_menu(menu: Json) -> Faulty:
    seen: set[str] = set()
    for item in menu.get("list", []):
        yield from _unknown(item, {"id", "content"}, "msgmenu.list.")
        name = str(item.get("id"))
        if not re.fullmatch("[0-9]+", name):
            yield "menu_id_not_numeric", name
        if name in seen:
            yield "menu_id_twice", name
        seen.add(name)
        yield from wrong_with_text(str(item.get("content")))
    for part in ("head_content", "tail_content"):
        yield from wrong_with_text(str(menu.get(part, "")))


def wrong_with_text(text: str) -> Faulty:
    """Yield broken characters, cut graphemes, and links that do not close."""
    if "\ufffd" in text or any("\ud800" <= char <= "\udfff" for char in text):
        yield "broken_character", text[:60]
    if any(unicodedata.category(char) == "Cc" and char not in "\n\t" for char in text):
        yield "control_character", ascii(text[:60])
    if text and (_continues(text[0]) or text[-1] == _JOINER):
        yield "cut_grapheme", ascii(text[:8] + "…" + text[-8:])
    if "\\u" in text and re.search(r"\\u[0-9a-fA-F]{4}", text):
        yield "escape_shown", text[:60]
    depth = 0
    for tag in _TAG.findall(text):
        depth += -1 if tag.startswith("</") else 1
        if depth not in (0, 1):
            break
    if depth or _HALF_TAG.search(text):
        yield "broken_link", text[-80:]


def _continues(char: str) -> bool:
    modifier = "\U0001f3fb" <= char <= "\U0001f3ff"
    return unicodedata.category(char) in ("Mn", "Me", "Mc") or char == _JOINER or modifier


def _unknown(fields: Any, known: set[str], where: str) -> Faulty:
    if isinstance(fields, dict):
        for name in sorted(set(fields) - known):
            yield "unknown_field", f"{where}{name}"
