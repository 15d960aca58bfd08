"""A customer with a phone: what they do, and what they see."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.wechat_simulator import kinds
from tests.wechat_simulator.callbacks import Delivery
from tests.wechat_simulator.phone import Phone
from tests.wechat_simulator.window import Window

if TYPE_CHECKING:
    from tests.wechat_simulator.account import Account

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)
AMR = b"#!AMR\n" + bytes(32)
MP4 = b"\0\0\0\x18ftypmp42" + bytes(32)


class Customer(Phone):
    """Follows an account; every act returns when WeChat has delivered it or given up."""

    def __init__(self, account: Account, openid: str, name: str, unionid: str) -> None:
        super().__init__(account.world, name)
        self.account, self.openid, self.unionid = account, openid, unionid
        self.subscribed = True
        self.told_of_leaving = False
        self.blocks_templates = False
        self.window = Window(self.world.clock)
        self.opt_ins: Counter[str] = Counter()
        self.last_message_at = 0.0
        self.desk_until = 0.0

    # What they do

    async def says(self, text: str) -> Delivery:
        """Send words."""
        self.show("text", {"content": text}, author="customer", way="own")
        return await self._message(kinds.text(text))

    async def sends_image(self, data: bytes = PNG) -> Delivery:
        """Send a picture."""
        media = self.account.media.keep("image", data)
        self.show("image", {"media_id": media.id}, author="customer", way="own")
        url = f"{self.world.url}/pic/{self.account.appid}/{media.id}"
        return await self._message(kinds.image(media.id, url))

    async def sends_voice(self, data: bytes = AMR) -> Delivery:
        """Send a voice message."""
        media = self.account.media.keep("voice", data)
        self.show("voice", {"media_id": media.id}, author="customer", way="own")
        return await self._message(kinds.voice(media.id))

    async def sends_video(self, data: bytes = MP4, *, short: bool = False) -> Delivery:
        """Send a video."""
        media = self.account.media.keep("video", data)
        thumb = self.account.media.keep("thumb", PNG)
        self.show("video", {"media_id": media.id}, author="customer", way="own")
        return await self._message(kinds.video(media.id, thumb.id, short=short))

    async def sends_location(self, latitude: float, longitude: float, label: str) -> Delivery:
        """Send a place."""
        self.show("location", {"content": label}, author="customer", way="own")
        return await self._message(kinds.location(latitude, longitude, label))

    async def sends_link(self, title: str, url: str, description: str = "") -> Delivery:
        """Send a link."""
        self.show("link", {"content": title, "url": url}, author="customer", way="own")
        return await self._message(kinds.link(title, description, url))

    async def sends_sticker(self) -> Delivery:
        """Send what no account can read."""
        return await self.says(kinds.UNSUPPORTED)

    async def sends(self, fields: dict[str, Any]) -> Delivery:
        """Send a message of any kind, known or not."""
        kind = str(fields.get("MsgType"))
        self.show(kind, {"content": kind}, author="customer", way="own")
        return await self._message(fields)

    async def taps(self, item: str) -> Delivery:
        """Tap an item of the last menu message that has it: by its id or its words.

        Raises:
            LookupError: nothing of the kind is on the screen.
        """
        name, words = self.find_item(item)
        self.show("text", {"content": words}, author="customer", way="own")
        # WeChat gives back 0 for an id that is no number.
        fields = kinds.text(words, name if name.isdigit() else "0")
        # With WeChat customer service it is a message like any other.
        grant = "message" if self.account.wecom else self.world.rules.menu_message_tap
        return await self._message(fields, grant)

    async def clicks(self, key: str) -> Delivery:
        """Click an item of the account's own menu."""
        return await self.event(kinds.event("CLICK", EventKey=key), "menu")

    async def subscribes(self, scene: str | None = None) -> Delivery:
        """Follow the account, perhaps by a QR code."""
        self.subscribed, self.told_of_leaving = True, False
        return await self.event(kinds.subscribe(scene), "subscribe")

    async def unsubscribes(self) -> Delivery:
        """Leave."""
        self.subscribed = False
        self.window.close()
        delivery = await self.event(kinds.event("unsubscribe", EventKey=""))
        self.told_of_leaving = delivery.accepted
        return delivery

    async def scans(self, scene: str) -> Delivery:
        """Scan a QR code of the account's."""
        return await self.event(kinds.scan(scene), "scan")

    async def answers_notices(self, answers: dict[str, bool]) -> Delivery:
        """Allow or refuse one notice of each template."""
        self.opt_ins.update(template for template, yes in answers.items() if yes)
        return await self.event(kinds.notice_answers(answers))

    async def event(self, fields: dict[str, Any], grant: str | None = None) -> Delivery:
        """Cause an event of any kind."""
        return await self._act(fields, grant)

    # What WeChat shows them

    def receive_reply(self, delivery: Delivery, reply: dict[str, Any]) -> None:
        """Show a passive reply, or go to Tencent's own desk."""
        kind = str(reply["MsgType"])
        if kind == "transfer_customer_service":
            if delivery.fields["MsgType"] != "event":
                self.account.open_desk(self)
            return
        content = {"content": reply["Content"]} if kind == "text" else dict(reply)
        self.show(kind, content, author="account", way="passive")

    def receive_apology(self) -> None:
        """Show what WeChat says when the account does not answer as it should."""
        words = self.world.rules.unusable_answer_shown
        self.show("text", {"content": words}, author="wechat", way="system")

    async def _message(self, fields: dict[str, Any], grant: str = "message") -> Delivery:
        self.last_message_at = self.world.clock.now()
        return await self._act(fields | {"MsgId": self.account.new_message_id()}, grant)

    async def _act(self, fields: dict[str, Any], grant: str | None) -> Delivery:
        if grant is not None:
            self.window.grant(self.world.rules.grants[grant])
        return await self.account.deliver(fields, self)
