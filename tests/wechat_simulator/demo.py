"""The product and WeChat simulated around it, wired together: `make wechat-demo`.

Both begin anew each time and leave nothing behind.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
import tempfile
from collections import deque
from contextlib import ExitStack, suppress
from pathlib import Path

from tests.wechat_simulator.app import serving
from tests.wechat_simulator.operator import set_up, write_file
from tests.wechat_simulator.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
ACCOUNTS = {"service": {}, "uncertified": {"certified": False}}
"""The second may send no menus: its customers choose by number."""
LAST_LINES = 20


async def demo(state: Path) -> int:
    """Run both until Ctrl-C, or until the product ends by itself; returns its exit code."""
    this = asyncio.current_task()
    assert this is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, this.cancel)
    port, rasa_port, actions_port, phone_port = _free_ports(4)
    product = f"http://127.0.0.1:{port}"
    world = Simulator()
    accounts = set_up(world, ACCOUNTS, product)
    async with serving(world, phone_port) as phone:
        own = {
            "FRONTDOOR_STATE_DIR": str(state),
            "FRONTDOOR_PORT": str(port),
            "FRONTDOOR_RASA_URL": f"http://127.0.0.1:{rasa_port}",
            "FRONTDOOR_ACTIONS_URL": f"http://127.0.0.1:{actions_port}",
            "FRONTDOOR_WECHAT_FILE": str(write_file(state / "wechat.toml", accounts, phone)),
        }
        others = {k: v for k, v in os.environ.items() if not k.startswith("FRONTDOOR_")}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server.cli", "up"),
            cwd=ROOT,
            env={**others, **own, "PYTHONUNBUFFERED": "1"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # Ctrl-C reaches us alone: the product is ended first, then WeChat.
            start_new_session=True,
        )
        try:
            await _follow(process, phone, product)
            return await process.wait()
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
                await process.wait()


async def _follow(process: asyncio.subprocess.Process, phone: str, product: str) -> None:
    """Read what the product prints, and say where to go when it is ready."""
    assert process.stdout is not None
    password, is_ready = "", False
    last: deque[str] = deque(maxlen=LAST_LINES)
    async for raw in process.stdout:
        line = raw.decode(errors="replace").rstrip()
        last.append(line)
        if found := re.fullmatch(r"  agent1 +(\S+)", line):
            password = found[1]
        elif line.startswith("Ctrl-C stops everything"):
            is_ready = True
            _announce(phone, product, password)
    if not is_ready:
        print("\n".join(last), file=sys.stderr)


def _announce(phone: str, product: str, password: str) -> None:
    print(
        f"""
  the customer's phone   {phone}/
                         press 关注, write “怎么查话费”, “我家宽带断了”, “转人工”
  the agents' console    {product}/console/
                         agent1, password {password}; set yourself 在线

Nothing is kept. Ctrl-C stops everything.
""",
        flush=True,
    )


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        probes = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]


def main() -> int:
    """Run it in a state folder of its own."""
    print("Starting the product and the simulated WeChat, about half a minute …", flush=True)
    (ROOT / "var").mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=ROOT / "var", prefix="wechat-demo-") as state,
        suppress(asyncio.CancelledError),
    ):
        return asyncio.run(demo(Path(state)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
