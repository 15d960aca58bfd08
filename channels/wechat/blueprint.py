"""WeChat's callbacks over HTTP, and the files of customers for agents.

GET and POST /wechat/<account>/callback    what WeChat calls; `success` once it is stored
GET /api/wechat/media/<id>                 a picture, voice or video a customer sent
GET /api/wechat/media/<id>/status          whether it is here yet
GET /api/wechat/accounts                   the accounts and what is wrong with them
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta

from sanic import Blueprint, HTTPResponse, Request
from sanic.handlers import ContentRangeHandler
from sanic.response import file, raw, text

from channels.wechat.accounts import Account
from channels.wechat.crypto import Envelope, check_signature, decrypt_with, refusal, sign
from channels.wechat.inbound import Kind, read_incoming
from channels.wechat.markup import read_fields, write_xml
from channels.wechat.service import Wechat
from common.errors import InvalidInput, NotFound, TooLarge
from common.times import utc_now
from common.web import answer, open_to

LARGEST_CALLBACK = 256 * 1024
STALE = timedelta(days=1)
"""A request signed longer ago is a repetition: we forget what came after some days."""
SUCCESS = "success"


def create_blueprint(wechat: Callable[[Request], Wechat]) -> Blueprint:
    """Make the channel's routes."""
    blueprint = Blueprint("wechat")

    @blueprint.get("/wechat/<name:str>/callback")
    @open_to("anyone")
    async def verify(request: Request, name: str) -> HTTPResponse:
        """Show WeChat that this address is ours, when the operator enters it there."""
        account = _account(wechat(request), name)
        if account.dialect.sealed:
            return raw(_opened_echo(request, account), content_type="text/plain")
        _check_clear(request, account)
        return text(_argument(request, "echostr"))

    @blueprint.post("/wechat/<name:str>/callback")
    @open_to("anyone")
    async def callback(request: Request, name: str) -> HTTPResponse:
        """Take a message or an event; `success` means that it is stored."""
        account = _account(wechat(request), name)
        if len(request.body) > LARGEST_CALLBACK:
            raise TooLarge(f"A callback has at most {LARGEST_CALLBACK // 1024} KiB.")
        fields, envelope = _open(request, account)
        if account.dialect.pulled:
            await wechat(request).puller.notice(account, fields)
            return text(SUCCESS)
        incoming = read_incoming(fields, account.app_id)
        if incoming.kind is Kind.REPORT:
            await wechat(request).reporting.take(account, incoming)
        elif incoming.kind is not Kind.NOTHING:
            is_new = await wechat(request).intake.take(account, incoming)
            if is_new and incoming.kind is Kind.ENTER:
                wechat(request).greeter.enters(account, incoming.open_id)
        if incoming.kind is Kind.SUBSCRIBE and account.welcome:
            # The one thing said in the answer: it costs no message and meets no other on its way.
            return _passive_text(fields, account.welcome, account, envelope)
        return text(SUCCESS)

    @blueprint.get("/api/wechat/media/<id:str>")
    @open_to("agent", "supervisor")
    async def media(request: Request, id: str) -> HTTPResponse:
        """Read a file that a customer sent."""
        path, content_type = await wechat(request).media.open(id)
        shown = content_type.startswith(("image/", "video/"))
        # Players ask for parts of a video; Safari plays none without.
        wanted = None
        if "range" in request.headers:
            wanted = ContentRangeHandler(request, path.stat())
        return await file(
            path,
            mime_type=content_type,
            _range=wanted,
            headers={
                "accept-ranges": "bytes",
                "content-disposition": "inline" if shown else "attachment",
                "x-content-type-options": "nosniff",
                "content-security-policy": "default-src 'none'; sandbox",
                "cache-control": "private, max-age=86400",
            },
        )

    @blueprint.get("/api/wechat/media/<id:str>/status")
    @open_to("agent", "supervisor")
    async def media_status(request: Request, id: str) -> HTTPResponse:
        """Read whether a file a customer sent is here yet (waiting, stored or failed)."""
        found = await wechat(request).media.look_up(id)
        return answer(
            {
                "attachment": {
                    "id": found.id,
                    "kind": found.kind,
                    "status": found.status.value,
                    "content_type": found.content_type,
                }
            }
        )

    @blueprint.get("/api/wechat/accounts")
    @open_to("supervisor")
    async def accounts(request: Request) -> HTTPResponse:
        """Read the official accounts, and what keeps one from sending."""
        return answer({"accounts": await wechat(request).account_states()})

    return blueprint


def _account(wechat: Wechat, name: str) -> Account:
    account = wechat.accounts.get(name)
    if account is None:
        raise NotFound("There is no such account.", code="account_unknown")
    return account


def _argument(request: Request, name: str) -> str:
    return request.args.get(name) or ""


def _check_clear(request: Request, account: Account) -> None:
    """Make sure that WeChat signed the query; it says nothing of the body."""
    parts = (account.token, _argument(request, "timestamp"), _argument(request, "nonce"))
    check_signature(_argument(request, "signature"), *parts)


def _opened_echo(request: Request, account: Account) -> bytes:
    # Base64 has no spaces: one that stands there was a plus before the query was read.
    echo = _argument(request, "echostr").replace(" ", "+")
    parts = (account.token, _argument(request, "timestamp"), _argument(request, "nonce"), echo)
    check_signature(_argument(request, "msg_signature"), *parts)
    return decrypt_with(account.envelopes, echo)[0]


def _open(request: Request, account: Account) -> tuple[dict[str, str], Envelope | None]:
    """Return the fields of a callback and the envelope it came in, if any.

    The account's mode decides whether it must be encrypted, never the request: a clear body under
    an old signature could be anyone's. What stands beside the encrypted copy is not looked at.
    """
    fields = read_fields(request.body)
    if not account.secure and _argument(request, "encrypt_type") != "aes":
        _check_clear(request, account)
        _check_fresh(request)
        return fields, None
    encrypted = fields.get("Encrypt", "")
    parts = (account.token, _argument(request, "timestamp"), _argument(request, "nonce"), encrypted)
    check_signature(_argument(request, "msg_signature"), *parts)
    _check_fresh(request)
    content, envelope = decrypt_with(account.envelopes, encrypted)
    return read_fields(content), envelope


def _check_fresh(request: Request) -> None:
    timestamp = _argument(request, "timestamp")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        raise InvalidInput("timestamp is no number.", code="callback_invalid")
    if utc_now().timestamp() - int(timestamp) > STALE.total_seconds():
        raise refusal()


def _passive_text(
    fields: dict[str, str], words: str, account: Account, envelope: Envelope | None
) -> HTTPResponse:
    now = int(utc_now().timestamp())
    body = write_xml(
        {
            "ToUserName": fields.get("FromUserName", ""),
            "FromUserName": fields.get("ToUserName", ""),
            "CreateTime": now,
            "MsgType": "text",
            "Content": words,
        }
    )
    if envelope is not None:
        encrypted, nonce = envelope.encrypt(body), secrets.token_hex(8)
        body = write_xml(
            {
                "Encrypt": encrypted,
                "MsgSignature": sign(account.token, str(now), nonce, encrypted),
                "TimeStamp": now,
                "Nonce": nonce,
            }
        )
    return raw(body, content_type="application/xml; charset=utf-8")
