"""Calls to WeChat's own servers. Addresses with a token in them are never logged."""

from __future__ import annotations

import json
import re
from typing import Any, Protocol

import httpx
import msgspec

from channels.wechat.accounts import Account
from channels.wechat.errcodes import Remedy
from channels.wechat.failures import NotSent, Refused, Unanswered
from channels.wechat.kinds import AccountKind

TIMEOUT = httpx.Timeout(8.0, connect=3.0)
LARGEST_ANSWER = 64 * 1024
# Line ends and tabs inside WeChat's JSON texts are sometimes not escaped.
_CONTROL = re.compile(rb"[\x00-\x1f]")


class Tokens(Protocol):
    """Who has the accounts' tokens."""

    async def token(self, account: Account) -> str:
        """Return a token that is in force."""

    async def forget(self, account: Account, token: str) -> None:
        """Take note that WeChat refuses this one."""


class WechatClient:
    """One pool of connections to WeChat for all accounts of this process."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(
            timeout=TIMEOUT,
            limits=httpx.Limits(max_connections=96, max_keepalive_connections=64),
            trust_env=False,
            transport=transport,
        )

    async def fetch_token(self, account: Account) -> tuple[str, int]:
        """Return the account's token and how many seconds it lasts.

        Raises:
            NotSent, Unanswered, Refused: see `channels.wechat.failures`.
        """
        request = account.dialect.token(account.app_id, account.secret)
        answer = await self._ask(account, request.path, request.params, request.body)
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not (isinstance(token, str) and token and isinstance(seconds, int)):
            raise Unanswered("WeChat gave no token")
        return token, seconds

    async def call(
        self,
        account: Account,
        tokens: Tokens,
        path: str,
        body: dict[str, Any] | None,
        largest: int = LARGEST_ANSWER,
        *,
        params: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Ask the account's API, without a body by GET; a refused token is replaced once.

        The answer has at most `largest` bytes.

        Raises:
            NotSent, Unanswered, Refused: see `channels.wechat.failures`.
        """
        for is_last in (False, True):
            token = await tokens.token(account)
            try:
                with_token = {**(params or {}), "access_token": token}
                return await self._ask(account, path, with_token, body, largest)
            except Refused as error:
                if is_last or error.remedy is not Remedy.NEW_TOKEN:
                    raise
                await tokens.forget(account, token)
        raise AssertionError  # the loop ends with an answer or an error

    async def _ask(
        self,
        account: Account,
        path: str,
        params: dict[str, str] | None,
        body: dict[str, Any] | None,
        largest: int = LARGEST_ANSWER,
    ) -> dict[str, Any]:
        """Post JSON in plain UTF-8 (WeChat shows escapes as they are), or get, without a body."""
        method, content, headers = "GET", None, None
        if body is not None:
            method, content = "POST", msgspec.json.encode(body)
            headers = {"content-type": "application/json; charset=utf-8"}
        url = f"{account.api}{path}"
        response = await self._send(
            self._http.build_request(method, url, params=params, content=content, headers=headers)
        )
        try:
            if response.status_code != 200:
                raise Unanswered(f"WeChat answered {response.status_code}")
            answer = await read_up_to(response, largest)
        finally:
            await response.aclose()
        return read_answer(answer, account.kind)

    async def get(self, url: str, params: dict[str, str] | None = None) -> httpx.Response:
        """Return the beginning of an answer; the caller reads and closes it."""
        return await self._send(self._http.build_request("GET", url, params=params))

    async def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._http.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(f"WeChat cannot be reached: {type(error).__name__}") from None
        except httpx.HTTPError as error:
            raise Unanswered(f"WeChat did not answer: {type(error).__name__}") from None

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()


async def read_up_to(response: httpx.Response, limit: int) -> bytes:
    """Return an answer's body.

    Raises:
        Unanswered: it has more than `limit` bytes, or breaks off.
    """
    content = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > limit:
                raise Unanswered(f"WeChat's answer has more than {limit} bytes")
    except httpx.HTTPError as error:
        raise Unanswered(f"WeChat's answer broke off: {type(error).__name__}") from None
    return bytes(content)


def read_answer(content: bytes, kind: AccountKind = AccountKind.SERVICE) -> dict[str, Any]:
    """Return the JSON object in an answer to an account of this kind that says of no error.

    Raises:
        Refused: it carries an error code.
        Unanswered: it is no JSON object.
    """
    whole = _CONTROL.sub(b" ", content)
    try:
        answer = msgspec.json.decode(whole)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            # Half an emoji in a customer's words is no reason to refuse a page of others'.
            answer = json.loads(whole.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            raise Unanswered("WeChat's answer is no JSON") from None
    if not isinstance(answer, dict):
        raise Unanswered("WeChat's answer is no object")
    errcode = answer.get("errcode", 0)
    if not isinstance(errcode, int):
        raise Unanswered("WeChat's answer has an odd errcode")
    if errcode:
        raise Refused(errcode, kind)
    return answer
