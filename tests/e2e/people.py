"""A customer and an agent, as programs: the public API over HTTP, and the socket they listen on."""

from __future__ import annotations

import json
from collections import deque
from types import TracebackType
from typing import Any, Self

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from common.ids import new_id

PATIENCE = 10.0


def field_of(content: Any, path: str) -> Any:
    """Return what is at `data__kind` or `author`; None when there is nothing."""
    for name in path.split("__"):
        content = content.get(name) if isinstance(content, dict) else None
    return content


def fits(content: Any, expected: dict[str, Any]) -> bool:
    return all(field_of(content, path) == value for path, value in expected.items())


def buttons(message: dict[str, Any]) -> list[str]:
    return [button["title"] for button in message["buttons"]]


class _Listener:
    """An open socket and the frames that came."""

    def __init__(self, address: str, hello: dict[str, Any], **headers: str) -> None:
        # Unlimited, as nobody may read for a while; a full queue would hold up the closing too.
        self._socket: ClientConnection = connect(
            address, additional_headers=headers, proxy=None, max_queue=None
        )
        self._socket.send(json.dumps(hello))
        self._frames: list[dict[str, Any]] = []

    def frame(self, within: float, wanted: dict[str, Any]) -> dict[str, Any]:
        try:
            frame = json.loads(self._socket.recv(timeout=within))
        except (TimeoutError, ConnectionClosed) as error:
            raise AssertionError(f"{wanted} did not come, only {self._frames[-10:]}") from error
        self._frames.append(frame)
        return frame

    def until(self, within: float = PATIENCE, **expected: Any) -> dict[str, Any]:
        """Return the next frame with these (dotted) fields."""
        while not fits(frame := self.frame(within, expected), expected):
            pass
        return frame

    def send(self, frame: dict[str, Any]) -> None:
        self._socket.send(json.dumps(frame))

    def close(self) -> None:
        self._socket.close()


class Customer:
    """A new visitor with an open page. What they hear, they hear in order and once."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=20)
        opened = self.http.post("/api/webchat/session", json={"token": None}).json()
        self.token: str = opened["token"]
        self.contact_id: str = opened["contact_id"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"
        self.heard: list[dict[str, Any]] = []
        self._unheard: deque[dict[str, Any]] = deque()
        self._listener: _Listener | None = None
        self.connect()

    def connect(self) -> None:
        """Open the page's socket, from the last message heard on."""
        hello = {"type": "hello", "token": self.token, "after": self.last_seq}
        self._listener = _Listener(self._url.replace("http", "ws") + SOCKET, hello)

    def disconnect(self) -> None:
        self.listener.close()
        self._listener = None

    @property
    def listener(self) -> _Listener:
        assert self._listener is not None, "the socket is not open"
        return self._listener

    @property
    def last_seq(self) -> int:
        return self.heard[-1]["seq"] if self.heard else 0

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return self.http.post(f"/api/webchat/{path}", json=body)

    def says(self, text: str, id: str = "") -> dict[str, Any]:
        """Write; returns the message as it was taken."""
        body = {"client_message_id": id or new_id(), "text": text}
        return self._taken(self.post("messages", body))

    def presses(self, message: dict[str, Any], title: str) -> dict[str, Any]:
        button = {"seq": message["seq"], "index": buttons(message).index(title)}
        body = {"client_message_id": new_id(), "button": button}
        return self._taken(self.post("messages", body))

    def _taken(self, response: httpx.Response) -> dict[str, Any]:
        assert response.status_code == 202, response.text
        return response.json()["message"]

    def rates(self, conversation_id: str, score: int) -> httpx.Response:
        return self.post("ratings", {"conversation_id": conversation_id, "score": score})

    def hears(self, within: float = PATIENCE, **expected: Any) -> dict[str, Any]:
        """Return the next message with these (dotted) fields, which the customer has not heard."""
        while True:
            while not self._unheard:
                self._take_frame(within, expected)
            message = self._unheard.popleft()
            # Every message passes here: no gap, no double.
            assert message["seq"] == self.last_seq + 1, (message, self.heard[-3:])
            self.heard.append(message)
            if fits(message, expected):
                return message

    def sees(self, type: str, within: float = PATIENCE, **expected: Any) -> dict[str, Any]:
        """Return the next frame that is no message, such as typing; messages are heard later."""
        while True:
            frame = self._take_frame(within, expected)
            if frame["type"] == type and fits(frame, expected):
                return frame

    def _take_frame(self, within: float, wanted: dict[str, Any]) -> dict[str, Any]:
        frame = self.listener.frame(within, wanted)
        if frame["type"] == "message":
            self._unheard.append(frame["message"])
        return frame

    def asks(self, text: str) -> list[dict[str, Any]]:
        """Write, and return all that the bot says to it: it goes out in one piece."""
        said = self.says(text)
        return self._answers(said)

    def chooses(self, title: str) -> list[dict[str, Any]]:
        """Press a button of the newest message that has it, and return what the bot says."""
        offering = next(m for m in reversed(self.heard) if title in buttons(m))
        return self._answers(self.presses(offering, title))

    def _answers(self, said: dict[str, Any]) -> list[dict[str, Any]]:
        first = self.hears(author="bot")
        stored = [m for m in self.messages() if m["seq"] > said["seq"]]
        while self.last_seq < stored[-1]["seq"]:
            self.hears()
        assert first["seq"] > said["seq"]
        return [m for m in stored if m["author"] == "bot"]

    def messages(self) -> list[dict[str, Any]]:
        """Return the whole history, as it is stored."""
        return self._history()["messages"]

    def conversation(self) -> dict[str, Any]:
        return self._history()["conversation"]

    def _history(self) -> dict[str, Any]:
        return self.http.get("/api/webchat/messages", params={"after": 0, "limit": 200}).json()

    def goes(self) -> None:
        if self._listener is not None:
            self.disconnect()
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.goes()


SOCKET = "/api/webchat/socket"


class Staff:
    """Somebody who signed in; agents also have the console's socket open."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self._url = url
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=20)
        credentials = {"username": username, "password": password}
        answer = self.http.post("/api/auth/login", json=credentials)
        assert answer.status_code == 200, answer.text
        self.user: dict[str, Any] = answer.json()["user"]
        self._listener: _Listener | None = None

    # -- the desk -----------------------------------------------------------------------------

    def goes_online(self) -> None:
        """Open the console and take customers."""
        self.is_now("online")
        cookie = f"frontdoor_session={self.http.cookies['frontdoor_session']}"
        address = self._url.replace("http", "ws") + "/api/desk/socket"
        self._listener = _Listener(address, {"type": "hello", "cursor": None}, Cookie=cookie)
        self._listener.until(type="ready")

    def is_now(self, presence: str) -> None:
        answer = self.http.post("/api/desk/presence", json={"presence": presence})
        assert answer.status_code == 200, answer.text

    def sees(self, type: str, within: float = PATIENCE, **expected: Any) -> dict[str, Any]:
        """Return the next event of this type with these (dotted) fields."""
        assert self._listener is not None, "the console is not open"
        wanted = {f"event__{path}": value for path, value in expected.items()}
        return self._listener.until(within, type="event", event__type=type, **wanted)["event"]

    def sees_typing(self, conversation_id: str) -> None:
        assert self._listener is not None, "the console is not open"
        self._listener.until(type="typing", conversation_id=conversation_id)

    def queue(self) -> list[dict[str, Any]]:
        return self.http.get("/api/desk/conversations?view=queue").json()["conversations"]

    def opens(self, conversation_id: str) -> dict[str, Any]:
        """Return the conversation whole: summary, packet, transcript."""
        answer = self.http.get(f"/api/desk/conversations/{conversation_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def accepts(self, conversation_id: str) -> httpx.Response:
        return self._write(conversation_id, "accept", {})

    def declines(self, conversation_id: str) -> httpx.Response:
        return self._write(conversation_id, "decline", {})

    def writes(self, conversation_id: str, text: str) -> httpx.Response:
        body = {"client_message_id": new_id(), "text": text}
        return self._write(conversation_id, "messages", body)

    def is_typing(self, conversation_id: str) -> httpx.Response:
        return self._write(conversation_id, "typing", {})

    def closes(self, conversation_id: str) -> httpx.Response:
        return self._write(conversation_id, "close", {"reason": "resolved"})

    def _write(self, conversation_id: str, what: str, body: dict[str, Any]) -> httpx.Response:
        return self.http.post(f"/api/desk/conversations/{conversation_id}/{what}", json=body)

    def clears_the_desk(self) -> None:
        """Serve and close whoever is still there, and go home."""
        self.is_now("online")
        for waiting in self.queue():
            self.accepts(waiting["id"])
        mine = self.http.get("/api/desk/conversations?view=mine").json()["conversations"]
        for conversation in mine:
            self.closes(conversation["id"])
        self.is_now("offline")

    # -- the knowledge base -------------------------------------------------------------------

    def publishes(self, question: str, answer: str, *similar: str) -> str:
        """Write an article and make it live; returns its id."""
        body = {"question": question, "answer": answer, "similar_questions": list(similar)}
        made = self.http.post("/api/kb/articles", json=body)
        assert made.status_code == 201, made.text
        article_id = made.json()["article"]["id"]
        done = self.http.post(f"/api/kb/articles/{article_id}/publish", json={})
        assert done.status_code == 200, done.text
        return article_id

    def goes(self) -> None:
        if self._listener is not None:
            self._listener.close()
        self.http.close()
