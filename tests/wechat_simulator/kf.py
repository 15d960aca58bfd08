"""微信客服: customers who are pulled, not pushed, and sessions with states."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.wechat_simulator.account import Account
from tests.wechat_simulator.callbacks import Delivery
from tests.wechat_simulator.customer import Customer
from tests.wechat_simulator.refusals import Refused
from tests.wechat_simulator.sealing import seal, signature

NEW, BOT, POOL, HUMAN, ENDED = range(5)
NEXT = {
    NEW: {BOT, POOL, HUMAN, ENDED},
    BOT: {POOL, HUMAN, ENDED},
    POOL: {HUMAN, ENDED},
    HUMAN: {HUMAN, ENDED},
    ENDED: set(),
}
SESSION_SECONDS = 48 * 3600.0


@dataclass
class Session:
    """Where one customer stands."""

    state: int = ENDED
    servicer: str = ""
    last_said: float = 0.0
    welcomed: float = 0.0


@dataclass
class Code:
    """A right to send one message on an event."""

    openid: str
    dies_at: float


@dataclass
class KfAccount(Account):
    """A company (`appid` is its CorpID) with one 客服账号."""

    open_kfid: str = "wkSimulated0000000000000000000001"
    servicers: dict[str, bool] = field(default_factory=lambda: {"zhang": True})
    """Whether each is receiving customers (“正在接待”)."""
    empty_pages: int = 0
    """How many of the next pages are empty though there is more."""
    next_fail: int | None = None
    """The fail_type of the next message, which is taken but does not arrive."""

    id_prefix = "wm"
    wecom = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self.original_id = self.appid
        self.extra = {}
        self.items: list[tuple[float, dict[str, Any]]] = []
        self.sessions: dict[str, Session] = {}
        self.notice_tokens: dict[str, float] = {}
        self.codes: dict[str, Code] = {}
        self.used_ids: set[str] = set()

    def forget(self) -> None:
        """Forget what happened too; a cursor from before points behind the end."""
        super().forget()
        self.items.clear()
        self.sessions.clear()
        self.codes.clear()
        self.used_ids.clear()

    def session(self, openid: str) -> Session:
        """Return where a customer stands; after 48 hours of silence it has ended."""
        session = self.sessions.setdefault(openid, Session())
        if self.world.clock.now() - session.last_said >= SESSION_SECONDS:
            session.state, session.servicer = ENDED, ""
        return session

    async def deliver(self, fields: dict[str, Any], customer: Customer) -> Delivery:
        """Keep what a customer did for sync_msg, and tell the product that there is something."""
        session = self.session(customer.openid)
        if fields["MsgType"] != "event":
            session.last_said = self.world.clock.now()
            if session.state == ENDED:
                session.state = NEW
            self.add(customer.openid, 3, **_content(fields))
        elif fields["Event"] == "enter_session":
            self._enter(session, customer.openid)
        return await self.notify()

    def add(self, openid: str, origin: int, **content: Any) -> None:
        """Put an item where sync_msg finds it."""
        item = {
            "msgid": secrets.token_urlsafe(24),
            "send_time": int(self.world.clock.told()),
            "origin": origin,
            **content,
        }
        if content["msgtype"] != "event":
            item |= {"open_kfid": self.open_kfid, "external_userid": openid}
        self.items.append((self.world.clock.now(), item))

    def add_event(self, openid: str, kind: str, **more: Any) -> None:
        """Put an event there: it carries the ids inside."""
        ids = {"open_kfid": self.open_kfid, "external_userid": openid}
        self.add(openid, 4, msgtype="event", event={"event_type": kind, **ids, **more})

    async def servicer_says(self, customer: Customer, servicer: str, text: str) -> Delivery:
        """Let a person answer in the WeCom client."""
        customer.show("text", {"content": text}, author="account", way="servicer")
        said = {"msgtype": "text", "text": {"content": text}, "servicer_userid": servicer}
        self.add(customer.openid, 5, **said)
        return await self.notify()

    async def notify(self) -> Delivery:
        """Post the notice, which says only that there is something, with a token to pull it."""
        token = secrets.token_urlsafe(32)
        self.notice_tokens[token] = self.world.clock.now() + self.world.rules.kf_token_lives
        fields = {
            "ToUserName": self.appid,
            "CreateTime": int(self.world.clock.told()),
            "MsgType": "event",
            "Event": "kf_msg_or_event",
            "Token": token,
            "OpenKfId": self.open_kfid,
        }
        return await self.callbacks.push(fields, None)

    def code(self, openid: str, seconds: float) -> str:
        """Give a right to one message."""
        made = secrets.token_urlsafe(16)
        self.codes[made] = Code(openid, self.world.clock.now() + seconds)
        return made

    def use_code(self, code: str) -> Customer:
        """Return whom a code is for, once.

        Raises:
            Refused: 95007 unknown, used or too old.
        """
        right = self.codes.pop(code, None)
        if right is None or self.world.clock.now() >= right.dies_at:
            raise Refused(95007)
        return self.find(right.openid)

    async def verify(self) -> bool:
        """Ask for the echo: sealed, and within a second."""
        timestamp = str(int(self.world.clock.told()))
        nonce = str(self.world.random.randrange(10**9))
        echo = str(self.world.random.randrange(10**18, 10**19))
        sealed = seal(self.key_in_use, self.appid, echo)
        params = {
            "msg_signature": signature(self.token, timestamp, nonce, sealed),
            "timestamp": timestamp,
            "nonce": nonce,
            "echostr": sealed,
        }
        try:
            response = await self.world.http.get(
                self.callback_url, params=params, timeout=self.world.rules.kf_verify_within
            )
        except httpx.TimeoutException:
            self.world.violate("echo", "too late")
            return False
        echoed = response.status_code == 200 and response.content == echo.encode()
        if not echoed:
            self.world.violate("echo", f"{response.status_code} {response.content[:60]!r}")
        return echoed

    def _enter(self, session: Session, openid: str) -> None:
        now = self.world.clock.now()
        quiet = now - max(session.last_said, session.welcomed) >= SESSION_SECONDS
        more = {}
        if quiet:
            more["welcome_code"] = self.code(openid, self.world.rules.kf_short_code)
            session.welcomed = now
        self.add_event(openid, "enter_session", scene="sim", scene_param="", **more)


def _content(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a message as sync_msg has it, from the fields of a callback."""
    kind = fields["MsgType"]
    if kind == "text":
        text = {"content": fields["Content"]}
        if "bizmsgmenuid" in fields:
            text["menu_id"] = fields["bizmsgmenuid"]
        return {"msgtype": "text", "text": text}
    if kind == "location":
        place = {"latitude": fields["Location_X"], "longitude": fields["Location_Y"]}
        return {"msgtype": "location", "location": place | {"name": fields["Label"]}}
    if kind == "link":
        names = {"title": "Title", "desc": "Description", "url": "Url"}
        return {"msgtype": "link", "link": {ours: fields[its] for ours, its in names.items()}}
    if "MediaId" in fields:
        return {"msgtype": kind, kind: {"media_id": fields["MediaId"]}}
    return {"msgtype": kind, kind: {}}
