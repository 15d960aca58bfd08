"""What a product may answer a callback with, besides `success`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.wechat_simulator import xmlform
from tests.wechat_simulator.sealing import BadSealError, signature, unseal

if TYPE_CHECKING:
    from tests.wechat_simulator.account import Account

NEEDS = {
    "text": {"Content"},
    "image": {"Image"},
    "voice": {"Voice"},
    "video": {"Video"},
    "music": {"Music"},
    "news": {"ArticleCount", "Articles"},
    "transfer_customer_service": set(),
}


class BadReplyError(Exception):
    """WeChat can't use the answer; `kind` is the violation's."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


def read(account: Account, openid: str, body: bytes) -> dict[str, Any] | None:
    """Return the passive reply; None when the product only said that it took the message.

    Raises:
        BadReplyError: an answer that makes WeChat tell the customer that the account is broken.
    """
    if account.wecom or body in (b"", b"success"):
        # Of a 微信客服 notice nothing but the status is looked at.
        return None
    fields = _parse(account, body)
    if account.mode != "plain":
        fields = _parse(account, _open(account, fields))
    if fields.get("ToUserName") != openid or fields.get("FromUserName") != account.original_id:
        raise BadReplyError("bad_answer", "To and From are not the callback's, swapped")
    if not str(fields.get("CreateTime", "")).isdigit():
        raise BadReplyError("bad_answer", "CreateTime is no number")
    kind = fields.get("MsgType")
    if kind not in NEEDS:
        raise BadReplyError("bad_answer", f"unknown MsgType {kind!r}")
    missing = NEEDS[kind] - set(fields)
    if missing:
        raise BadReplyError("bad_answer", f"{kind} without {', '.join(sorted(missing))}")
    if len(str(fields.get("Content", "")).encode()) > account.world.rules.text_bytes:
        raise BadReplyError("too_long", "the text has too many bytes")
    return fields


def _parse(account: Account, body: bytes) -> dict[str, Any]:
    if account.data_format == "json":
        try:
            parsed = json.loads(body)
        except ValueError as error:
            raise BadReplyError("bad_answer", f"no JSON: {error}") from error
        if isinstance(parsed, dict):
            return parsed
        raise BadReplyError("bad_answer", "no JSON object")
    try:
        return xmlform.read(body)
    except xmlform.BadXmlError as error:
        raise BadReplyError("bad_answer", f"no XML: {error}") from error


def _open(account: Account, envelope: dict[str, Any]) -> bytes:
    names = ("TimeStamp", "Nonce", "Encrypt", "MsgSignature")
    if any(not envelope.get(name) for name in names):
        raise BadReplyError("reply_not_sealed", "no envelope in a mode with encryption")
    timestamp, nonce, sealed, signed = (str(envelope[name]) for name in names)
    if signature(account.token, timestamp, nonce, sealed) != signed:
        raise BadReplyError("reply_signature", "MsgSignature is wrong")
    try:
        return unseal(account.key_in_use, account.appid, sealed)
    except BadSealError as error:
        raise BadReplyError("reply_seal", str(error)) from error
