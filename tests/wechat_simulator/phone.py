"""What a customer sees on their phone, whatever they wrote to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from tests.wechat_simulator.simulator import Simulator

_LINK_TAP = re.compile(
    r'weixin://bizmsgmenu\?msgmenucontent=(?P<content>[^&"]*)&(?:amp;)?msgmenuid=(?P<id>[^"&]*)'
)


@dataclass
class Shown:
    """One thing on the phone."""

    number: int
    at: float
    author: str
    """customer | account | wechat"""
    way: str
    """own | custom | passive | template | notice | system"""
    kind: str
    content: dict[str, Any] = field(default_factory=dict)
    acknowledged: bool = True
    """False when the product was not told that it got through."""

    @property
    def text(self) -> str:
        """Return the words as one reads them."""
        if self.kind != "msgmenu":
            return str(self.content.get("content", ""))
        items = [item["content"] for item in self.content["list"]]
        parts = [self.content.get("head_content"), *items, self.content.get("tail_content")]
        return "\n".join(part for part in parts if part)

    @property
    def size(self) -> int:
        """Return the words' length in bytes."""
        return len(self.text.encode("utf-8", "surrogatepass"))


class Phone:
    """A screen, with what both sides wrote in the order it arrived."""

    def __init__(self, world: Simulator, name: str) -> None:
        self.world, self.name = world, name
        self.screen: list[Shown] = []
        self.typing_until = 0.0
        self._news = asyncio.Event()

    def show(self, kind: str, content: dict[str, Any], *, author: str, way: str) -> Shown:
        """Put something on the screen."""
        if author == "account":
            self.typing_until = 0.0
        shown = Shown(len(self.screen), self.world.clock.now(), author, way, kind, content)
        self.screen.append(shown)
        self._news.set()
        return shown

    @property
    def typing(self) -> bool:
        """Whether the account is shown as typing."""
        return self.world.clock.now() < self.typing_until

    @property
    def received(self) -> list[Shown]:
        """Return what the account sent, in order."""
        return [shown for shown in self.screen if shown.author == "account"]

    @property
    def texts(self) -> list[str]:
        """Return the words of what the account sent, in order."""
        return [shown.text for shown in self.received]

    async def sees(
        self, what: str | Callable[[Shown], bool], *, within: float = 5.0, after: int = 0
    ) -> Shown:
        """Wait until the account shows something that has these words or fits.

        `after` skips what stood on the screen before that number.

        Raises:
            AssertionError: it does not appear in so many seconds.
        """
        fits = (lambda shown: what in shown.text) if isinstance(what, str) else what
        try:
            async with asyncio.timeout(within):
                while True:
                    for shown in self.received:
                        if shown.number >= after and fits(shown):
                            return shown
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{self.name} does not see {what!r}: {self.texts}") from None

    def find_item(self, item: str) -> tuple[str, str]:
        """Return id and words of the last menu item on the screen that has either.

        Raises:
            LookupError: there is none.
        """
        for shown in reversed(self.received):
            if shown.kind == "msgmenu":
                offered = [(str(each["id"]), each["content"]) for each in shown.content["list"]]
            else:
                found = _LINK_TAP.finditer(shown.text)
                offered = [(link["id"], unquote(link["content"])) for link in found]
            for name, words in offered:
                if item in (name, words):
                    return name, words
        raise LookupError(f"no menu item {item!r} on the screen")
