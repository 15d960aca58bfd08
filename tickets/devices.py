"""Which device: its model, serial number and IMEI, out of free words.

Brands and series are data, in `devices.toml`. Whether 15 digits are an IMEI is said by
`python-stdnum`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from stdnum import imei as imeis

from tickets.text import Span, fold

_EDITION = r"(?:pro|max|plus|ultra|mini|lite|air|fold|flip|turbo|note|se|gt|rs)"
_VERSION = r"(?:至尊|青春|标准|活力|典藏|尊享|竞速|探索)版"
_NAME = rf"(?:{_EDITION} ?)?(?:[a-z]{{1,8}}[ -]?)?\d{{1,4}}[a-z]{{0,3}}\d{{0,3}}"
# “小米3号楼” is an address, and “华为2000元” a price.
_NAME += r"(?![\d.点号栋楼元块年月天])"
_TAIL = rf"(?: ?{_EDITION}(?![a-z]))*\+?(?: ?{_VERSION})?"
_CUE = re.compile(
    r"(?:手机|设备|光猫|猫|路由器?|机顶盒|盒子|平板|手表|电脑)?(?:的)?(?:型号|机型|牌子)"
    r"(?:不对|写?错了|有误)?[,，]?(?:应该|就)?(?:是|为|叫|改成|改为|换成|:)?\s*"
)
_CUED = re.compile(r"[^,，。;；!！?？\n\0]{2,40}")
_SERIAL = re.compile(
    r"(?P<lead>(?:序列号码?|机身号码?|机器编?码|产品编码|s/n|sn(?:码|号)?"
    r"|serial(?: ?(?:number|no\.?))?)"
    r"(?:不对|写?错了|有误)?[,，]?\s*(?:应该|就)?(?:是|为|改成|改为|:)?\s*)"
    r"(?P<value>[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){4,29})(?![a-z0-9])"
)
_IMEI = re.compile(
    r"(?P<lead>(?:imei|串号|串码|手机识别码)(?:号码?|码)?(?:不对|写?错了|有误)?[,，]?\s*"
    r"(?:应该|就)?(?:是|为|改成|改为|:)?\s*)?(?<![\d-])(?P<value>\d(?:[ -]?\d){14})(?![\d-])"
)
_BARE_SERIAL = re.compile(r"(?=[a-z0-9-]*\d)[a-z0-9](?:[a-z0-9-]){4,28}[a-z0-9]")


@dataclass(frozen=True)
class Found:
    """What was found and where; `span` covers the words that led to it, too."""

    text: str
    span: Span


def find_model(text: str) -> Found | None:
    """Return the brand and model named in free words: 华为 Mate 60 Pro, iPhone 15, HG8145V5."""
    folded = fold(text)
    if cue := _CUE.search(folded):
        words = _CUED.match(folded, cue.end())
        named = _models().search(folded, cue.end())
        if named and words and named.start() < words.end():
            return Found(text[slice(*named.span())].strip(), (cue.start(), named.end()))
        if words and re.search(r"[a-z]?\d|[a-z]{3}", words.group()):
            return Found(text[slice(*words.span())].strip(), (cue.start(), words.end()))
    match = _models().search(folded)
    return Found(text[slice(*match.span())].strip(), match.span()) if match else None


def find_imei(text: str) -> Found | None:
    """Return the IMEI in free words, fifteen digits whose last one checks the others."""
    for match in _IMEI.finditer(fold(text)):
        digits = re.sub(r"\D", "", match["value"])
        if imeis.is_valid(digits):
            return Found(digits, match.span())
    return None


def is_wrong_imei(text: str) -> bool:
    """Whether the text holds what should be an IMEI and does not check."""
    return _IMEI.search(fold(text)) is not None and find_imei(text) is None


def find_serial(text: str) -> Found | None:
    """Return the serial number that is named as one (“序列号…”, “SN: …”), in capitals."""
    match = _SERIAL.search(fold(text))
    return Found(match["value"].upper(), match.span()) if match else None


def read_bare_serial(text: str) -> str | None:
    """Return the serial number that an answer to “which serial number” is."""
    words = fold(text).replace(" ", "")
    match = _BARE_SERIAL.search(words)
    return match.group().upper() if match else None


@cache
def _models() -> re.Pattern[str]:
    data = tomllib.loads(Path(__file__).with_name("devices.toml").read_text(encoding="utf-8"))
    brands, series, numbers = ("|".join(data[name]) for name in ("brands", "series", "numbers"))
    return re.compile(
        rf"(?<![a-z])(?:(?:{brands})(?:牌|的)?(?:手机|平板|手表|光猫|路由器?|机顶盒|电视)?\s*"
        rf"(?:(?:{series})\s*)?{_NAME}{_TAIL}"
        rf"|(?:{series})\s*{_NAME}{_TAIL}"
        rf"|(?:{brands}) ?(?={_EDITION}){_EDITION}{_TAIL})"
        rf"|(?<![a-z0-9])(?:{numbers})(?![a-z0-9])"
    )
