"""`frontdoor up`: what it refuses, and what it does the second time."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from common.settings import Settings
from server import up
from tests.e2e.people import Staff
from tests.whole import Place, Product, Running, need_everything_built

pytestmark = pytest.mark.e2e


def test_it_says_where_to_go_and_shows_the_first_passwords(product: Product):
    output = product.running.output

    for address in ("/", "/console/", "/console/content"):
        assert f"{product.url}{address}\n" in output + "\n"
    assert set(product.passwords) == {"admin", "supervisor", "agent1", "agent2"}
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("which", "variable"), [("port", "FRONTDOOR_PORT"), ("rasa_port", "FRONTDOOR_RASA_URL")]
)
def test_a_taken_port_is_one_sentence(tmp_path: Path, which: str, variable: str):
    place = Place.new(tmp_path)
    port = getattr(place, which)

    with socket.create_server(("127.0.0.1", port)):
        done = place.frontdoor("up")

    assert done.returncode != 0
    assert done.stderr.strip().count("\n") == 0
    assert f"port {port}" in done.stderr
    assert variable in done.stderr
    assert place.processes() == []


def test_a_setting_that_cannot_be_understood_is_one_sentence(tmp_path: Path):
    done = Place.new(tmp_path, FRONTDOOR_BOT_GIVE_UP_SECONDS="soon").frontdoor("up")

    assert done.returncode != 0
    assert done.stderr.strip().count("\n") == 0
    assert "FRONTDOOR_BOT_GIVE_UP_SECONDS" in done.stderr


def test_a_second_start_keeps_everything_and_ctrl_c_leaves_nothing_running(
    tmp_path: Path, approved: dict[str, str]
):
    need_everything_built()
    place = Place.new(tmp_path)
    passwords = asyncio.run(up._prepare(Settings.from_env(place.env)))
    assert asyncio.run(up._prepare(Settings.from_env(place.env))) == {}
    secret = (tmp_path / "secret_key").read_text()

    running = Running(place)
    try:
        running.wait_for("Ctrl-C stops everything")
        admin = Staff(place.url, "admin", passwords["admin"])
        articles = admin.http.get("/api/kb/articles").json()["total"]
        admin.goes()
    finally:
        code = running.stop()

    assert code in (0, 130), running.output  # 130 is how a shell reports Ctrl-C
    assert "Users are unchanged" in running.output
    assert not any(password in running.output for password in passwords.values())
    assert articles == len(approved)
    assert (tmp_path / "secret_key").read_text() == secret
    for port in (place.port, place.rasa_port, place.actions_port):
        socket.create_server(("127.0.0.1", port)).close()
