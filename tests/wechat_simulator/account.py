"""One official account or mini-program: its secrets, followers, media and notices."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.wechat_simulator import kinds
from tests.wechat_simulator.callbacks import Callbacks, Delivery
from tests.wechat_simulator.customer import Customer
from tests.wechat_simulator.refusals import Refused
from tests.wechat_simulator.sealing import signature
from tests.wechat_simulator.tokens import Tokens

if TYPE_CHECKING:
    from tests.wechat_simulator.simulator import Simulator

MODES = ("plain", "compatible", "secure")
_MAGIC = {
    "image": (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8"),
    "voice": (b"#!AMR", b"ID3", b"\xff\xfb", b"\xff\xf3"),
    "video": (b"ftyp",),
    "thumb": (b"\xff\xd8\xff",),
}
_TYPES = {
    "image": ("image/png", "png"),
    "voice": ("audio/amr", "amr"),
    "video": ("video/mp4", "mp4"),
    "thumb": ("image/jpeg", "jpg"),
    "file": ("application/octet-stream", "bin"),
}


@dataclass(frozen=True)
class Medium:
    """A file at WeChat's."""

    id: str
    kind: str
    data: bytes
    dies_at: float

    @property
    def content_type(self) -> str:
        """Return what it is served as."""
        return "image/jpeg" if self.data[:3] == b"\xff\xd8\xff" else _TYPES[self.kind][0]

    @property
    def filename(self) -> str:
        """Return the name it is served under."""
        return f"{self.id}.{_TYPES[self.kind][1]}"


class Media:
    """Files of one account, for three days each."""

    def __init__(self, world: Simulator) -> None:
        self._world = world
        self._kept: dict[str, Medium] = {}

    def keep(self, kind: str, data: bytes) -> Medium:
        """Take a file as it is, as from a customer's phone."""
        dies_at = self._world.clock.now() + self._world.rules.media_lives
        medium = Medium(secrets.token_urlsafe(48), kind, data, dies_at)
        self._kept[medium.id] = medium
        return medium

    def upload(self, kind: str, data: bytes) -> Medium:
        """Take a file from the product.

        Raises:
            Refused: 40004 kind or content, 41005 empty, 45001 too big.
        """
        if kind not in _MAGIC:
            raise Refused(40004)
        if not data:
            raise Refused(41005)
        if len(data) > self._world.rules.media_bytes[kind]:
            raise Refused(45001)
        start = data[4:12] if kind == "video" else data[:12]
        if not start.startswith(_MAGIC[kind]):
            raise Refused(40004)
        return self.keep(kind, data)

    def find(self, media_id: Any) -> Medium:
        """Return a file that has not expired.

        Raises:
            Refused: 40007.
        """
        medium = self._kept.get(str(media_id))
        if medium is None or self._world.clock.now() >= medium.dies_at:
            raise Refused(40007)
        return medium


@dataclass
class Sent:
    """A template message that went out."""

    openid: str
    client_id: str
    digest: str
    at: float
    message_id: int


@dataclass
class Account:
    """An account as its operator set it up in WeChat's console."""

    world: Simulator
    appid: str
    secret: str
    token: str
    aes_key: str
    callback_url: str
    mode: str = "secure"
    mini: bool = False
    data_format: str = "xml"
    certified: bool = True
    linked: bool = True
    """Bound to an Open Platform account: users have a unionid."""
    previous_aes_key: str = ""
    uses_previous_key: bool = False
    """Still sends with the key before, as for a while after a change."""
    text_ids: bool = False
    """MsgIds are words, as in some mini-programs."""
    forbidden: int = 0
    """A code every call is refused with, as 48004 or 40164; 0 is none."""
    templates: set[str] = field(default_factory=lambda: {"template-progress"})
    extra: dict[str, Any] = field(default_factory=lambda: {"FieldOfTheFuture": "0"})
    """Fields nobody knows yet, in every callback."""

    id_prefix = "o"
    wecom = False

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"no such mode: {self.mode}")
        self.original_id = "gh_" + hashlib.sha1(self.appid.encode()).hexdigest()[:12]
        self.customers: dict[str, Customer] = {}
        self.deliveries: list[Delivery] = []
        self.tokens = Tokens(self.world.clock, self.world.rules)
        self.media = Media(self.world)
        self.callbacks = Callbacks(self)
        self.sent_templates: list[Sent] = []
        self.template_status = "success"
        self.used_today: Counter[tuple[str, str]] = Counter()
        self.cleared: Counter[str] = Counter()
        self._message_ids = 6_054_768_590_064_713_000

    def forget(self) -> None:
        """Forget customers and what was sent; tokens and settings stay."""
        self.customers.clear()
        self.deliveries.clear()
        self.sent_templates.clear()
        self.used_today.clear()

    @property
    def key_in_use(self) -> str:
        """Return the EncodingAESKey callbacks are sealed with."""
        return self.previous_aes_key if self.uses_previous_key else self.aes_key

    def customer(self, name: str, *, person: str = "", follows: bool = True) -> Customer:
        """Return the customer of that name, new or known.

        `person` is who they are over several accounts: the name unless it says otherwise.
        """
        openid = self.id_prefix + hashlib.sha256(f"{self.appid}/{name}".encode()).hexdigest()[:27]
        if openid not in self.customers:
            who = hashlib.sha256((person or name).encode()).hexdigest()[:27]
            made = Customer(self, openid, name, "u" + who if self.linked else "")
            made.subscribed = follows
            self.customers[openid] = made
        return self.customers[openid]

    def find(self, openid: Any) -> Customer:
        """Return whose openid it is.

        Raises:
            Refused: 40003.
        """
        if not isinstance(openid, str) or openid not in self.customers:
            raise Refused(40003)
        return self.customers[openid]

    def new_message_id(self) -> int | str:
        """Return a MsgId."""
        self._message_ids += 1
        return f"49d72d_{self._message_ids}" if self.text_ids else self._message_ids

    async def deliver(self, fields: dict[str, Any], customer: Customer) -> Delivery:
        """Send the product a message or event of this customer's."""
        full = {
            "ToUserName": self.original_id,
            "FromUserName": customer.openid,
            "CreateTime": int(self.world.clock.told()),
            **fields,
            **self.extra,
        }
        if customer.desk_until:
            if self.world.clock.now() < customer.desk_until and fields["MsgType"] != "event":
                customer.desk_until = self.world.clock.now() + self.world.rules.desk_idle
                return Delivery(self, full, customer, kept_by_desk=True)
            if self.world.clock.now() >= customer.desk_until:
                await self.close_desk(customer)
        return await self.callbacks.push(full, customer)

    def open_desk(self, customer: Customer) -> None:
        """Hand a customer to Tencent's own desk: their words no longer reach the product."""
        customer.desk_until = self.world.clock.now() + self.world.rules.desk_idle
        self.world.spawn(customer.event(kinds.event("kf_create_session", KfAccount="a@desk")))

    async def close_desk(self, customer: Customer) -> None:
        """Give them back."""
        customer.desk_until = 0.0
        await customer.event(kinds.event("kf_close_session", KfAccount="a@desk"))

    async def verify(self) -> bool:
        """Ask the product's URL for the echo, as when the operator saves the settings."""
        timestamp, nonce = (
            str(int(self.world.clock.told())),
            str(self.world.random.randrange(10**9)),
        )
        echo = str(self.world.random.randrange(10**18, 10**19))
        params = {
            "signature": signature(self.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "echostr": echo,
        }
        response = await self.world.http.get(
            self.callback_url, params=params, timeout=self.world.rules.verify_within
        )
        echoed = response.status_code == 200 and response.content == echo.encode()
        if not echoed:
            self.world.violate("echo", f"{response.status_code} {response.content[:60]!r}")
        return echoed
