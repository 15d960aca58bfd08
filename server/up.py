"""`frontdoor up`: everything on this machine, under one supervisor.

The supervisor prefixes each process's lines with its name, starts a process that died again, and
ends all of them together.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shlex
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import click
import httpx

from common.auth import Accounts
from common.db import Database
from common.settings import Settings
from knowledgebase.service import KnowledgeBase
from server.migrate import upgrade
from server.supervisor import Supervisor

ROOT = Path(__file__).resolve().parent.parent
STARTER = ROOT / "knowledgebase" / "starter" / "telecom.zh-CN.csv"
FIRST_USERS = (
    ("admin", "管理员", "admin"),
    ("supervisor", "值班主管", "supervisor"),
    ("agent1", "小林", "agent"),
    ("agent2", "小周", "agent"),
)
READY_SECONDS = 180


def up(settings: Settings) -> int:
    """Prepare the database, start the four processes, say where to go; returns the exit code."""
    began = time.monotonic()
    if problem := _missing() or _taken_port(settings):
        click.echo(f"frontdoor: {problem}", err=True)
        return 2
    _step(began, "preparing the database and the starter knowledge base")
    passwords = asyncio.run(_prepare(settings))
    _show_passwords(passwords)  # at once: whatever happens next, they are not lost
    _step(began, "starting rasa, actions, server and worker")
    manager = Supervisor()
    for name, (command, env) in _processes(settings).items():
        manager.add_process(name, command, quiet=False, env={**os.environ, **env}, cwd=str(ROOT))
    threading.Thread(
        target=_announce_when_ready, args=(settings, passwords, began), daemon=True
    ).start()
    manager.loop()
    stopped_by_hand = 128 + signal.SIGINT
    return 0 if manager.returncode in (None, stopped_by_hand) else manager.returncode


def _missing() -> str | None:
    if not (ROOT / ".venv-rasa" / "bin" / "python").exists():
        return "Rasa's environment is not there yet; run `make run`, which makes it."
    if not list((ROOT / "models").glob("*.tar.gz")):
        return "no trained model in models/; run `make train` (or `make run`, which does)."
    return None


def _taken_port(settings: Settings) -> str | None:
    addresses = {
        "FRONTDOOR_PORT": (settings.host, settings.port),
        "FRONTDOOR_RASA_URL": _address(settings.rasa_url),
        "FRONTDOOR_ACTIONS_URL": _address(settings.actions_url),
    }
    for variable, (host, port) in addresses.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return (
                    f"port {port} on {host} is taken; stop what uses it, or set {variable} "
                    "to another one."
                )
    return None


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 80


async def _prepare(settings: Settings) -> dict[str, str]:
    """Migrate; on first use load the starter articles and make the first users.

    Returns:
        The generated passwords by user name, empty when there were users already.
    """
    db = Database.from_url(settings.database_url)
    try:
        await upgrade(db)
        kb = KnowledgeBase(db)
        if await kb.is_empty():
            await kb.import_file(STARTER.name, STARTER.read_bytes(), publish=True)
        accounts = Accounts(db)
        if await accounts.list_users():
            return {}
        passwords = {username: secrets.token_urlsafe(9) for username, _, _ in FIRST_USERS}
        await accounts.add_all(
            (username, name, role, passwords[username]) for username, name, role in FIRST_USERS
        )
        return passwords
    finally:
        await db.close()


def _processes(settings: Settings) -> dict[str, tuple[str, dict[str, str]]]:
    python = shlex.quote(sys.executable)
    rasa = shlex.quote(str(ROOT / ".venv-rasa" / "bin" / "python"))
    rasa_host, rasa_port = _address(settings.rasa_url)
    tracker = os.environ.get("FRONTDOOR_TRACKER_URL") or (
        f"sqlite:///{settings.state_dir / 'rasa.db'}"
    )
    shared = {
        "FRONTDOOR_RASA_TOKEN": settings.rasa_token,
        "FRONTDOOR_SECRET_KEY": settings.secret_key,
        "FRONTDOOR_STATE_DIR": str(settings.state_dir),
        "PYTHONUNBUFFERED": "1",
    }
    for_rasa = {
        **shared,
        "FRONTDOOR_TRACKER_URL": tracker,
        "FRONTDOOR_ACTIONS_URL": settings.actions_url,
    }
    return {
        "rasa": (
            f"exec {rasa} -m bot run --quiet -m models --endpoints endpoints.yml "
            f"--credentials credentials.yml -i {rasa_host} -p {rasa_port}",
            for_rasa,
        ),
        "actions": (f"exec {python} -m actions", shared),
        "server": (f"exec {python} -m server.cli serve", shared),
        "worker": (f"exec {python} -m server.cli worker", shared),
    }


def _announce_when_ready(settings: Settings, passwords: dict[str, str], began: float) -> None:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    base = f"http://{host}:{settings.port}"
    last = ""
    while time.monotonic() - began < READY_SECONDS:
        try:
            answer = httpx.get(f"{base}/readyz", timeout=3, trust_env=False)
            if answer.status_code == 200:
                _announce(base, passwords, began)
                return
            waiting = [n for n, state in answer.json()["parts"].items() if state != "ok"]
        except (httpx.HTTPError, ValueError, KeyError):
            waiting = ["server"]
        if (now := ", ".join(waiting)) != last:
            last = now
            _step(began, f"waiting for {now}")
        time.sleep(0.5)
    _step(began, f"still waiting for {last}; its lines above say what is wrong")


def _announce(base: str, passwords: dict[str, str], began: float) -> None:
    lines = [
        "",
        f"Ready after {time.monotonic() - began:.0f} s.",
        "",
        f"  customer page     {base}/",
        f"  agent console     {base}/console/",
        f"  content console   {base}/console/content",
        f"  API               {base}/docs/",
        "",
    ]
    click.echo("\n".join(lines))
    _show_passwords(passwords)
    if not passwords:
        click.echo("Users are unchanged. A forgotten password: frontdoor user passwd NAME")
    click.echo("\nCtrl-C stops everything.\n")


def _show_passwords(passwords: dict[str, str]) -> None:
    if passwords:
        click.echo("First users; these passwords are shown only this time:")
        for name, password in passwords.items():
            click.echo(f"  {name:<12} {password}")


def _step(began: float, what: str) -> None:
    click.echo(f"[{time.monotonic() - began:6.1f} s] {what} …")
