"""What WeChat says when it will not: always HTTP 200, with a code."""

from __future__ import annotations

import secrets
from typing import Any

MEANINGS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest, could get access_token by "
    "getStableAccessToken",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
    40037: "invalid template_id",
    40058: "invalid request parameter",
    40125: "invalid appsecret",
    40164: "invalid ip 203.0.113.9, not in whitelist",
    40200: "invalid account type",
    40241: "duplicate template message",
    40243: "AppSecret has been frozen",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41005: "media data missing",
    42001: "access_token expired",
    43002: "require POST method",
    43004: "require subscribe",
    43019: "user is in blacklist",
    43101: "user refuse to accept the msg",
    43117: "subscribe message too frequent",
    44002: "empty post data",
    44004: "empty content",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45072: "invalid command",
    45080: "no message in the last 30 seconds",
    45081: "already typing",
    47001: "data format error",
    47003: "argument invalid",
    48001: "api unauthorized",
    48002: "user block receive message",
    48004: "api forbidden for irregularities",
    48006: "forbid to clear quota because of reaching the limit",
    50002: "user limited",
    65400: "please enable new custom service, or wait for a while if you have enabled",
    89503: "this ip needs the confirmation of the administrator",
    95000: "invalid open_kfid",
    95001: "send msg count limit",
    95007: "invalid msg token",
    95011: "no permission",
    95013: "conversation end",
    95014: "servicer is not receiving",
    95016: "state transition not allowed",
    95017: "api has no permission",
    95018: "send msg session status invalid",
}
TOKEN_CODES = frozenset({40001, 40014, 42001})


class Refused(Exception):
    """WeChat refuses a call with a code."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(f"{code} {MEANINGS.get(code, 'unknown')} {detail}".strip())
        self.code = code

    def answer(self) -> dict[str, Any]:
        """Return the JSON; its words carry a request id, so that nobody decides on them."""
        meaning = MEANINGS.get(self.code, "unknown error")
        return {"errcode": self.code, "errmsg": f"{meaning} rid: {secrets.token_hex(12)}"}
