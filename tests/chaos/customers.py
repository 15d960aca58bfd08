"""Customers as their widget behaves: each message is sent until it is acknowledged.

Each keeps what reached the screen, and what was said to be stored.
"""

from __future__ import annotations

import asyncio
from random import Random
from time import monotonic

from common.ids import new_id
from tests.chaos.people import Message, Person

FAULT = (
    "我家宽带断了",
    "没解决",
    "昨天晚上八点左右开始的",
    "杭州市西湖区文三路12号3栋501",
    "13800138000",
)
ENQUIRIES = ("怎么查话费", "流量不够用怎么办", "宽带怎么续费", "没解决", "你好", "谢谢")
TO_AGENTS = ("还在吗", "我的问题是上个月多扣了二十块", "麻烦快一点", "好的", "那什么时候能好")
HUMAN = "转人工"


class Customer(Person):
    """Asks, reports a fault, wants a person; begins anew when the conversation was closed."""

    def __init__(self, url: str, name: str, rng: Random) -> None:
        super().__init__(url, name, rng)
        self.contact_id = ""
        self.screen: list[Message] = []
        self.acknowledged: dict[str, Message] = {}
        """What we sent and the server said it has, by our own id."""
        self.wrong: list[str] = []
        self.longest_silence = 0.0
        """The longest from the last sign of the socket until it was there again, in seconds."""
        self._token = ""
        self._is_quiet = asyncio.Event()

    async def arrive(self) -> None:
        opened = (await self.call("POST", "/api/webchat/session", {"token": None})).json()
        self._token, self.contact_id = opened["token"], opened["contact_id"]
        self.http.headers["Authorization"] = f"Bearer {self._token}"
        self.begin(self._listen, self._talk)

    def say_no_more(self) -> None:
        """End with what is under way."""
        self._is_quiet.set()

    @property
    def is_done(self) -> bool:
        return self._tasks[1].done()

    @property
    def last_seq(self) -> int:
        return self.screen[-1]["seq"] if self.screen else 0

    async def _listen(self) -> None:
        def hello() -> Message:
            return {"type": "hello", "token": self._token, "after": self.last_seq}

        heard = monotonic()
        lost_at = heard
        async for frame in self.frames("/api/webchat/socket", hello, dict):
            if frame["type"] == "opened":
                lost_at = heard
            elif frame["type"] == "ready":
                self.longest_silence = max(self.longest_silence, monotonic() - lost_at)
            elif frame["type"] == "message":
                self._see(frame["message"])
            heard = monotonic()

    def _see(self, message: Message) -> None:
        if message["seq"] != self.last_seq + 1:
            self.wrong.append(f"number {message['seq']} came after {self.last_seq}")
        self.screen.append(message)

    async def _say(self, text: str) -> None:
        body = {"client_message_id": new_id(), "text": text}
        while True:
            answer = await self.call("POST", "/api/webchat/messages", body)
            if answer.status_code == 202:
                break
            self.wrong.append(f"{answer.status_code} for a message: {answer.text}")
            return
        message = answer.json()["message"]
        if message["text"] != text or message["client_message_id"] != body["client_message_id"]:
            self.wrong.append(f"{body} was acknowledged as {message}")
        self.acknowledged[body["client_message_id"]] = message
        if self.rng.random() < 0.1:  # as after an acknowledgement that got lost
            again = (await self.call("POST", "/api/webchat/messages", body)).json()
            if not again["duplicate"] or again["message"]["id"] != message["id"]:
                self.wrong.append(f"the same again is another message: {again}")

    async def _talk(self) -> None:
        await self.pause(0, 3)
        while not self._is_quiet.is_set():
            kind = self.rng.random()
            if kind < 0.3:
                await self._all(FAULT[: self.rng.randint(2, len(FAULT))])
            elif kind < 0.6:
                await self._all(self.rng.sample(ENQUIRIES, 2))
            if self.rng.random() < 0.85:
                await self._with_a_person()

    async def _all(self, texts: tuple[str, ...] | list[str]) -> None:
        for text in texts:
            if self._is_quiet.is_set():
                return
            await self._say(text)
            await self.pause(0.3, 2.5)

    async def _with_a_person(self) -> None:
        """Ask for a person, and write until they close the conversation or it ends otherwise."""
        before = self.last_seq
        await self._say(HUMAN)
        for _ in range(40):
            await self.pause(0.8, 2.5)
            if self._is_quiet.is_set():
                return
            news = [m for m in self.screen if m["seq"] > before]
            if any(m["data"].get("kind") == "rating" for m in news):
                return
            last = news[-1] if news else None
            if last and last["author"] == "bot":  # something went wrong there, or nobody was online
                before = last["seq"]
                await self._say(HUMAN)
            elif (last and last["author"] == "agent") or self.rng.random() < 0.15:
                await self._say(self.rng.choice(TO_AGENTS))
