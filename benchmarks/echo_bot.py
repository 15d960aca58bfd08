"""A bot in Rasa's place that answers at once with what was said to it: `echo_bot.py PORT`."""

from __future__ import annotations

import sys

from sanic import HTTPResponse, Request, Sanic, json

app = Sanic("echo_bot", configure_logging=False)


def echo(text: str) -> str:
    """Return the answer to a message."""
    return f"您说的是：{text}"


@app.get("/webhooks/frontdoor/health")
async def health(request: Request) -> HTTPResponse:
    """Say that it is there."""
    return json({"status": "ok"})


@app.post("/webhooks/frontdoor/turn")
async def turn(request: Request) -> HTTPResponse:
    """Answer one message."""
    return json({"replies": [{"text": echo(request.json["text"])}], "slots": {}})


if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]), single_process=True, access_log=False, motd=False)
