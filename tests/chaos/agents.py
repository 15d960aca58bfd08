"""Agents as their console behaves: each reply is sent until it is taken or refused.

Each keeps the events that came, and which replies were said to be stored.
"""

from __future__ import annotations

import asyncio
from random import Random

import httpx

from common.ids import new_id
from tests.chaos.people import Message, Person


class Agent(Person):
    """Takes what is offered, answers, closes; now and then declines, transfers, or is gone."""

    def __init__(self, url: str, name: str, password: str, rng: Random) -> None:
        super().__init__(url, name, rng)
        self._credentials = {"username": name, "password": password}
        self.id = ""
        self.acknowledged: dict[str, Message] = {}
        """What we sent and the server said it has, by our own id."""
        self.events: list[Message] = []
        self.reset = False
        self.wrong: list[str] = []
        self.done = {"accepted": 0, "declined": 0, "closed": 0, "transferred": 0, "vanished": 0}
        self.is_steady = False
        """Whether they only do their work: take, answer, close."""
        self._cursor: str | None = None
        self._offered: asyncio.Queue[str] = asyncio.Queue()

    async def arrive(self) -> None:
        answer = await self.call("POST", "/api/auth/login", self._credentials)
        assert answer.status_code == 200, answer.text
        self.id = answer.json()["user"]["id"]
        self._come()

    def _come(self) -> None:
        self.begin(self._listen, self._take, self._work)

    async def be_online(self) -> None:
        await self.call("POST", "/api/desk/presence", {"presence": "online"})

    async def vanish(self, seconds: float) -> None:
        """Be gone without a word, as when the laptop is shut, and come back."""
        self.done["vanished"] += 1
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._come()

    async def _listen(self) -> None:
        def hello() -> Message:
            return {"type": "hello", "cursor": self._cursor}

        def headers() -> dict[str, str]:
            return {"Cookie": f"frontdoor_session={self.http.cookies['frontdoor_session']}"}

        async for frame in self.frames("/api/desk/socket", hello, headers):
            if frame["type"] == "ready":
                self.reset = self.reset or frame["reset"]
            if "cursor" in frame:
                self._cursor = frame["cursor"]
            if frame["type"] == "event":
                event = frame["event"]
                self.events.append(event)
                if event["type"] in ("conversation.offered", "conversation.transferred") and (
                    event["data"]["agent_id"] == self.id
                ):
                    self._offered.put_nowait(event["conversation_id"])

    async def _take(self) -> None:
        await self.be_online()
        while True:
            conversation_id = await self._offered.get()
            await self.pause(0.1, 1)
            if not self.is_steady and self.rng.random() < 0.1:
                await self._write(conversation_id, "decline", {}, "declined")
            else:
                await self._write(conversation_id, "accept", {}, "accepted")

    async def _work(self) -> None:
        while True:
            await self.pause(0.5, 1.5)
            me = (await self.call("GET", "/api/desk/me")).json()["agent"]
            if me["presence"] != "online":  # too many offers missed
                await self.be_online()
            for view in ("queue", "mine"):
                listed = await self.call("GET", f"/api/desk/conversations?view={view}")
                for each in listed.json()["conversations"]:
                    await self._see_to(each)

    async def _see_to(self, each: Message) -> None:
        mine = each["agent"] is not None and each["agent"]["id"] == self.id
        if not mine:
            return
        if each["status"] == "offered":
            await self._write(each["id"], "accept", {}, "accepted")
        elif each["status"] == "active":
            chance = self.rng.random()
            if each["last_message"]["author"] in ("contact", "system"):
                await self._reply(each["id"])
            elif chance < 0.35:
                await self._write(each["id"], "close", {"reason": "resolved"}, "closed")
            elif chance < 0.45 and not self.is_steady:
                await self._transfer(each["id"])

    async def _reply(self, conversation_id: str) -> None:
        body = {"client_message_id": new_id(), "text": f"{self.name} 回答 {new_id()}"}
        answer = await self._write(conversation_id, "messages", body)
        if answer.status_code == 202:
            self.acknowledged[body["client_message_id"]] = answer.json()["message"]

    async def _transfer(self, conversation_id: str) -> None:
        colleagues = (await self.call("GET", "/api/desk/agents")).json()["agents"]
        there = [each["id"] for each in colleagues if each["is_there"] and each["id"] != self.id]
        if there:
            body = {"agent_id": self.rng.choice(there), "note": "请接着处理"}
            await self._write(conversation_id, "transfer", body, "transferred")

    async def _write(
        self, conversation_id: str, what: str, body: Message, counted: str = ""
    ) -> httpx.Response:
        answer = await self.call("POST", f"/api/desk/conversations/{conversation_id}/{what}", body)
        if answer.is_success:
            if counted:
                self.done[counted] += 1
        elif answer.status_code not in (403, 409):
            self.wrong.append(f"{what} answered {answer.status_code}: {answer.text}")
        return answer
