"""The simulator played by hand: over HTTP, as its page and other processes do."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.wechat_simulator import __main__ as command_line
from tests.wechat_simulator.customer import PNG

ROOT = Path(__file__).resolve().parents[3]


async def test_the_page_is_served(api):
    answer = await api.http.get("/")
    assert "text/html" in answer.headers["content-type"]
    assert "/sim/state" in answer.text


async def test_a_customer_is_played_over_http(api, product, account):
    async def act(**said):
        return (await api.http.post("/sim/act", json={"customer": "bob", **said})).json()

    params = {"customer": "bob", "after": 1}
    assert not (await api.http.get("/sim/screen", params=params)).json()["subscribed"]
    await act(act="subscribe")
    assert (await act(act="text", text="没网了"))["outcome"] == "ok"
    assert product.opened(account).content == "没网了"
    await api.send(account.customer("bob"), text="请说一下地址")
    assert (await act(act="image"))["fields"]["MsgType"] == "image"
    assert (await act(act="scan", scene="7"))["fields"]["EventKey"] == "7"
    screen = (await api.http.get("/sim/screen", params=params)).json()
    assert [each["text"] for each in screen["screen"]] == ["请说一下地址", ""]
    assert (screen["left"], screen["screen"][0]["size"]) == (5, 18)
    picture = screen["screen"][1]["content"]["media_id"]
    assert (await api.http.get(f"/pic/{account.appid}/{picture}")).content == PNG
    assert (await api.http.get(f"/pic/{account.appid}/other")).status_code == 404
    answer = await api.http.post("/sim/act", json={"act": "dance"})
    assert (answer.status_code, answer.json()["error"]) == (400, "KeyError('dance')")


async def test_clock_faults_tokens_and_duplicates_are_worked_over_http(api, amy, world, product):
    async def do(name, body=None):
        return (await api.http.post(f"/sim/{name}", json=body)).json()

    await amy.says("在吗")
    await do("clock", {"seconds": 60})
    assert world.clock.ahead == 60
    await do("faults", {"kind": "busy", "times": 1})
    assert await api.send(amy) == -1
    assert "no such fault" in (await do("faults", {"kind": "flood"}))["error"]
    await do("faults")
    assert world.faults.on == []
    await do("again", {"copies": 2})
    assert len(product.requests) == 3
    await do("trouble", {"duplicated": 1})
    await amy.says("两次")
    assert len(product.requests) == 5
    assert await do("verify", {}) == {"right": True}
    token = await api.token()
    await do("revoke", {})
    assert await api.send(amy, token) == 40001
    calls = (await api.http.get("/sim/calls")).json()
    sends = [(each["code"], each["fault"]) for each in calls if each["path"].endswith("/send")]
    assert sends == [(0, "busy"), (40001, "")]
    assert token not in str(calls)
    state = (await api.http.get("/sim/state")).json()
    assert state["accounts"][0]["customers"] == ["amy"]
    await do("reset")
    assert (world.clock.ahead, list(world.calls), world.accounts) != (60, [], {})
    assert (await api.http.get("/sim/state")).json()["accounts"][0]["customers"] == []


def test_it_starts_from_the_command_line():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-u", "-m", "tests.wechat_simulator", "--port", str(port)]
    command += ["--callback", "http://127.0.0.1:1/callback", "--token", "token", "--mode", "plain"]
    running = subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        assert str(port) in running.stdout.readline()
        url = f"http://127.0.0.1:{port}/sim/act"
        told = httpx.post(url, json={"act": "text", "text": "a"}, trust_env=False).json()
        assert told["outcome"] == "unreachable"
    finally:
        running.terminate()
        running.wait(10)
        running.stdout.close()


def test_the_command_line_wants_a_whole_key(monkeypatch, capsys):
    said = ["simulator", "--callback", "x", "--token", "t", "--aes-key", "short"]
    monkeypatch.setattr(sys, "argv", said)
    with pytest.raises(SystemExit):
        command_line._arguments()
    assert "43 characters" in capsys.readouterr().err


def test_it_shares_no_code_with_the_product():
    ours = {each.parent.name for each in ROOT.glob("*/__init__.py")}
    assert {"channels", "common"} <= ours
    for module in (ROOT / "tests" / "wechat_simulator").glob("*.py"):
        taken = re.findall(r"^\s*(?:from|import) (\w+)", module.read_text("utf-8"), re.MULTILINE)
        assert not ours & set(taken), module.name
