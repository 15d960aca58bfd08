"""An embeddings endpoint to test with, played by a small server of ours."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Endpoint:
    """An embeddings endpoint; what it answers can be changed."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.status = 200
        self.body: Any = None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.requests.append((self.path, dict(self.headers), sent))
                answer = outer.body if outer.body is not None else outer.usual(sent["input"])
                content = json.dumps(answer).encode()
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @staticmethod
    def usual(texts: list[str]) -> dict[str, Any]:
        rows = [
            {"index": number, "embedding": [float(len(text)), 3.0, 0.0]}
            for number, text in enumerate(texts)
        ]
        # In another order than asked: the index says which is which.
        return {"data": rows[::-1]}

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
