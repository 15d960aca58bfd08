"""Clients that cost little: they share the machine with the server they measure."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Callable
from typing import Any

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA


class Socket(asyncio.Protocol):
    """A WebSocket that hands on the payload of every text frame."""

    def __init__(
        self, path: str, headers: dict[str, str], on_text: Callable[[bytes], None]
    ) -> None:
        self._path, self._headers, self._on_text = path, headers, on_text
        self._rest = b""
        self._open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost = False

    def connection_made(self, transport: Any) -> None:
        """Ask for the upgrade."""
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        lines = {
            "Host": "127.0.0.1",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Version": "13",
            **self._headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        transport.write(f"GET {self._path} HTTP/1.1\r\n{head}\r\n".encode())

    def data_received(self, data: bytes) -> None:
        """Take frames apart."""
        data = self._rest + data if self._rest else data
        if not self._open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = head
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self.opened.set_exception(RuntimeError(head.decode()[:300]))
                return
            self._open = True
            self.opened.set_result(None)
        place, size = 0, len(data)
        while size - place >= 2:
            opcode, length, start = data[place] & 0xF, data[place + 1], place + 2
            if length == 126:
                length, start = int.from_bytes(data[place + 2 : place + 4]), place + 4
            elif length == 127:
                length, start = int.from_bytes(data[place + 2 : place + 10]), place + 10
            if start + length > size:
                break
            payload, place = data[start : start + length], start + length
            if opcode == TEXT:
                self._on_text(payload)
            elif opcode == PING:
                self._send(PONG, payload)
        self._rest = data[place:]

    def connection_lost(self, error: Exception | None) -> None:
        """Remember that it ended."""
        self.lost = True

    def send(self, content: dict[str, Any]) -> None:
        """Send a text frame."""
        self._send(TEXT, json.dumps(content).encode())

    def _send(self, opcode: int, payload: bytes) -> None:
        # Masked with zeros, as the protocol allows: the words stay as they are.
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2)
        self._transport.write(bytes([0x80 | opcode]) + length + b"\0\0\0\0" + payload)

    def close(self) -> None:
        """Hang up."""
        self._transport.close()


async def open_socket(
    port: int, path: str, headers: dict[str, str], on_text: Callable[[bytes], None]
) -> Socket:
    """Return an open socket."""
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(
        lambda: Socket(path, headers, on_text), "127.0.0.1", port
    )
    await asyncio.wait_for(socket.opened, 30)
    return socket


class Http:
    """Connections that are kept open, each used by one request at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(
        self, method: str, path: str, headers: dict[str, str], body: Any = None
    ) -> dict[str, Any]:
        """Return the answer's JSON.

        Raises:
            RuntimeError: the server refused.
        """
        lines = {"Host": "127.0.0.1", **headers}
        content = b""
        if body is not None:
            content = json.dumps(body).encode()
            lines |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        if self._idle:
            reader, writer = self._idle.pop()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + content)
        answered = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(answered.partition("content-length: ")[2].partition("\r\n")[0])
        content = await reader.readexactly(length)
        self._idle.append((reader, writer))
        if not answered.startswith("http/1.1 2"):
            raise RuntimeError(f"{method} {path}: {content.decode()[:300]}")
        return json.loads(content) if content else {}

    def close(self) -> None:
        """Hang up."""
        for _, writer in self._idle:
            writer.close()
