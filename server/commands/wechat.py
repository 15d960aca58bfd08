"""`frontdoor wechat`: whether the accounts are set up rightly."""

from __future__ import annotations

import sys
from typing import Any

import click

from channels.wechat.accounts import read_accounts
from channels.wechat.checking import check_accounts
from common.db import Database
from common.settings import Settings
from server.commands.running import print_json, run


@click.group()
def wechat() -> None:
    """WeChat: the accounts."""


@wechat.command("check")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def wechat_check(as_json: bool) -> None:
    """Ask WeChat for each account's token and say what is wrong; who is right sends on at once."""

    async def check(settings: Settings, db: Database) -> list[dict[str, Any]]:
        accounts = read_accounts(settings.wechat_file, settings.locale)
        return await check_accounts(db, accounts)

    found = run(check)
    if not found and not as_json:
        click.echo("no account: FRONTDOOR_WECHAT_FILE names no file (docs/wechat.md)")
    for one in found:
        if as_json:
            print_json(one)
            continue
        click.echo(f"{one['name']}  {one['app_id']}  {one['callback']}  {one['waiting']} waiting")
        click.echo(f"  {one['trouble'] or 'ok'}")
    sys.exit(1 if any(one["trouble"] for one in found) else 0)
