"""The operator's part: accounts set up on both sides, at WeChat and in the product's file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.wechat_simulator.account import Account
from tests.wechat_simulator.simulator import Simulator


def set_up(
    world: Simulator, names: Mapping[str, Mapping[str, Any]], product_url: str
) -> dict[str, Account]:
    """Make an account for each name the product will know it by, with these settings."""
    return {
        name: world.account(f"wx-{name}", f"{product_url}/wechat/{name}/callback", **settings)
        for name, settings in names.items()
    }


def write_file(
    path: Path,
    accounts: Mapping[str, Account],
    api: str,
    more: Mapping[str, Mapping[str, Any]] | None = None,
) -> Path:
    """Write the file that FRONTDOOR_WECHAT_FILE names; returns where it is.

    `more` is what else is written of some of the accounts.
    """
    lines: list[str] = []
    for name, account in accounts.items():
        values = {
            "app_id": account.appid,
            "secret": account.secret,
            "token": account.token,
            "aes_key": account.aes_key,
            "mode": "plain" if account.mode == "plain" else "secure",
            "api": api,
            **({"kind": "miniprogram"} if account.mini else {"clicks": {"HUMAN": "转人工"}}),
            **(more or {}).get(name, {}),
        }
        lines += [f"[accounts.{name}]", *(f"{key} = {_toml(v)}" for key, v in values.items()), ""]
    path.write_text("\n".join(lines), "utf-8")
    path.chmod(0o600)
    return path


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(v)}" for key, v in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
