"""Play WeChat by hand: `python -m tests.wechat_simulator --callback URL …`, then open the page."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import suppress

from tests.wechat_simulator.account import MODES
from tests.wechat_simulator.app import serving
from tests.wechat_simulator.simulator import Simulator


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="wechat_simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=9900)
    parser.add_argument("--callback", required=True, help="the product's URL for this account")
    parser.add_argument("--appid", default="wxsimulated0000001")
    parser.add_argument("--secret", default="simulated-secret-of-32-characters")
    parser.add_argument("--token", required=True, help="3 to 32 letters and digits")
    parser.add_argument("--aes-key", default="", help="43 characters; needed unless --mode plain")
    parser.add_argument("--mode", choices=MODES, default="secure")
    parser.add_argument("--mini", action="store_true", help="a mini-program")
    parser.add_argument("--uncertified", action="store_true", help="no menus in messages")
    parser.add_argument("--kf", action="store_true", help="微信客服; --appid is the CorpID")
    parser.add_argument("--open-kfid", default="wkSimulated0000000000000000000001")
    arguments = parser.parse_args()
    if arguments.kf and arguments.mode != "secure":
        parser.error("微信客服 knows only --mode secure")
    if arguments.mode != "plain" and len(arguments.aes_key) != 43:
        parser.error("--aes-key must have 43 characters")
    return arguments


async def _play(arguments: argparse.Namespace) -> None:
    world = Simulator()
    names = {"secret": arguments.secret, "token": arguments.token, "aes_key": arguments.aes_key}
    if arguments.kf:
        names["open_kfid"] = arguments.open_kfid
        world.kf(arguments.appid, arguments.callback, **names)
    else:
        world.account(
            arguments.appid,
            arguments.callback,
            mode=arguments.mode,
            mini=arguments.mini,
            certified=not arguments.uncertified,
            **names,
        )
    async with serving(world, arguments.port) as url:
        print(f"WeChat is played at {url}: open it, or let the product call it.", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_play(_arguments()))
