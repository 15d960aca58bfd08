"""What our server adds to Rasa's own time, from a customer's message to the bot's answer.

    .venv/bin/python benchmarks/bench_server.py [--model models/….tar.gz]

The same Rasa answers the same message asked directly, over its loopback channel, and asked as a
customer: posted to the public server and read from the customer's socket. The two ways take
turns, so that whatever else the machine does meets both. On the default database, SQLite.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from processes import ROOT, Processes, free_port, newest_model
from results import at_most, measured, p50, p95, print_results, progress
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

MESSAGE = "你好"  # with an action that answers at once: nearly all the time is the way itself
WARM_UP = 30
SAMPLES = 400
TURNS_PER_CONVERSATION = 20
AT_MOST_ADDED_MS = 5.0
TOKEN = "for-this-measurement-only"
_ids = itertools.count(1)


class Direct:
    """Asks Rasa itself, as our server does."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask(self) -> float:
        """Run one turn; return how many milliseconds it took."""
        number = next(_ids)
        body = {
            "conversation_id": f"direct-{number // TURNS_PER_CONVERSATION}",
            "message_id": f"d{number}",
            "text": MESSAGE,
            "payload": None,
            "metadata": {},
        }
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
        began = time.perf_counter()
        self._connection.request("POST", "/webhooks/frontdoor/turn", json.dumps(body), headers)
        response = self._connection.getresponse()
        answer = response.read()
        took = (time.perf_counter() - began) * 1000
        if response.status != 200:
            raise RuntimeError(f"Rasa answered {response.status}: {answer.decode()[:300]}")
        return took


class Socket:
    """A customer's socket without threads: what a client costs must not count as the server's."""

    def __init__(self, port: int) -> None:
        self._protocol = ClientProtocol(parse_uri(f"ws://127.0.0.1:{port}/api/webchat/socket"))
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._protocol.send_request(self._protocol.connect())
        self._flush()
        self._frames: list[Any] = []
        while not self._protocol.handshake_exc and self._protocol.state.name == "CONNECTING":
            self._receive()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            self._connection.sendall(data)

    def _receive(self) -> None:
        self._protocol.receive_data(self._connection.recv(65536))
        self._frames += [e for e in self._protocol.events_received() if isinstance(e, Frame)]
        self._flush()

    def send(self, content: dict[str, Any]) -> None:
        """Send one frame."""
        self._protocol.send_text(json.dumps(content).encode())
        self._flush()

    def frame(self) -> dict[str, Any]:
        """Return the next frame."""
        while not self._frames:
            self._receive()
        frame = self._frames.pop(0)
        if frame.opcode is not Opcode.TEXT:
            raise RuntimeError(f"the server closed the socket: {frame}")
        return json.loads(frame.data)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class Customer:
    """Writes through the public server and reads from the socket; a new visitor now and then."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._socket: Socket | None = None
        self._turns = 0
        self.acknowledged: list[float] = []

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", **self._headers()}
        self._connection.request("POST", path, json.dumps(body), headers)
        response = self._connection.getresponse()
        content = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{path} answered {response.status}: {content.decode()[:300]}")
        return json.loads(content)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._socket else {}

    def _become_somebody_else(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._token = self._post("/api/webchat/session", {})["token"]
        self._socket = Socket(self._port)
        self._socket.send({"type": "hello", "token": self._token, "after": 0})
        self._until("ready")

    def _until(self, kind: str, author: str | None = None) -> None:
        assert self._socket is not None
        while True:
            frame = self._socket.frame()
            if frame["type"] == kind and (author is None or frame["message"]["author"] == author):
                return

    def ask(self) -> float:
        """Write one message; return how many milliseconds passed until the answer was here."""
        if self._turns % TURNS_PER_CONVERSATION == 0:
            self._become_somebody_else()
        self._turns += 1
        body = {"client_message_id": f"c{next(_ids)}", "text": MESSAGE}
        began = time.perf_counter()
        self._post("/api/webchat/messages", body)
        self.acknowledged.append((time.perf_counter() - began) * 1000)
        self._until("message", "bot")
        return (time.perf_counter() - began) * 1000


def start_all(processes: Processes, model: Path, state: Path) -> tuple[Direct, Customer]:
    """Start Rasa and the server on an empty database."""
    rasa, server, actions = free_port(), free_port(), free_port()
    environment = {
        "FRONTDOOR_STATE_DIR": str(state),
        "FRONTDOOR_RASA_TOKEN": TOKEN,
        "FRONTDOOR_RASA_URL": f"http://127.0.0.1:{rasa}",
        "FRONTDOOR_PORT": str(server),
        "FRONTDOOR_LOG_LEVEL": "WARNING",
        "FRONTDOOR_TRACKER_URL": f"sqlite:///{state}/rasa.db",
        "FRONTDOOR_ACTIONS_URL": f"http://127.0.0.1:{actions}",
    }
    processes.start_stub_actions(actions, ROOT / "domain.yml")
    cli = (ROOT / ".venv/bin/python", "-m", "server.cli")
    subprocess.run(
        [*cli, "db", "upgrade"],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    processes.start(
        "rasa",
        ROOT / ".venv-rasa/bin/python",
        *("-m", "bot", "run", "--quiet", "-i", "127.0.0.1", "-p", rasa, "--model", model),
        *("--endpoints", ROOT / "endpoints.yml", "--credentials", ROOT / "credentials.yml"),
        **environment,
    )
    processes.start("server", *cli, "serve", **environment)
    processes.wait_for("server", f"http://127.0.0.1:{server}/healthz")
    processes.wait_for("rasa", f"http://127.0.0.1:{rasa}/webhooks/frontdoor/health")
    return Direct(rasa), Customer(server)


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--model", type=Path, help="default: the newest in models/")
    chosen = options.parse_args()
    model = chosen.model or newest_model()
    (ROOT / "var").mkdir(exist_ok=True)
    # Not in /tmp, which may be memory: the disk is part of what is measured.
    with (
        tempfile.TemporaryDirectory(dir=ROOT / "var", prefix="bench-") as state,
        Processes(Path(state)) as processes,
    ):
        progress(f"starting Rasa and the server with {model.name}")
        direct, customer = start_all(processes, model.resolve(), Path(state))
        progress(f"started; the two ways take turns (load {os.getloadavg()[0]:.1f})")
        for _ in range(WARM_UP):
            direct.ask()
            customer.ask()
        customer.acknowledged.clear()
        pairs = [(direct.ask(), customer.ask()) for _ in range(SAMPLES)]
        progress("stopping")
    alone, through = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    print_results(
        "server",
        [
            measured("Rasa asked directly, p50", p50(alone), "ms"),
            measured("Rasa asked directly, p95", p95(alone), "ms"),
            measured("message to answer through our server, p50", p50(through), "ms"),
            measured("message to answer through our server, p95", p95(through), "ms"),
            measured("message to acknowledgement, p50", p50(customer.acknowledged), "ms"),
            at_most("added by our server, p50", p50(through) - p50(alone), "ms", AT_MOST_ADDED_MS),
        ],
    )


if __name__ == "__main__":
    main()
