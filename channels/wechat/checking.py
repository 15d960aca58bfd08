"""What an operator asks when no message arrives: is the account set up rightly?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.wechat import account_store, customer_store, kf_store
from channels.wechat.accounts import Account
from channels.wechat.client import WechatClient
from channels.wechat.errcodes import look_up
from channels.wechat.failures import NotSent, Refused, Unanswered
from channels.wechat.kf_pull import SYNC
from channels.wechat.tokens import SharedTokens
from common.db import Database
from common.times import Clock, iso, utc_now


async def account_states(db: Database, accounts: Mapping[str, Account]) -> list[dict[str, Any]]:
    """Return the accounts, what keeps one from sending or from being pulled, and what to do."""
    states = []
    async with db.connect() as conn:
        for account in accounts.values():
            state = await account_store.find_account(conn, account.app_id)
            problem = state.problem
            if problem is None and account.dialect.pulled:
                problem = await kf_store.find_problem(conn, account.open_kfids)
            advice = None if problem is None else look_up(problem, account.kind).advice
            states.append(
                {
                    "name": account.name,
                    "kind": account.kind.value,
                    "app_id": account.app_id,
                    "callback": f"/wechat/{account.name}/callback",
                    "secure": account.secure,
                    "menus": account.menus and not state.menus_refused,
                    "waiting": await customer_store.count_waiting(conn, account.app_id),
                    "problem": problem,
                    "advice": advice,
                    "since": iso(state.problem_at) if state.problem and state.problem_at else None,
                    "paused_until": iso(state.paused_until)
                    if state.problem and state.paused_until
                    else None,
                }
            )
    return states


async def check_accounts(
    db: Database,
    accounts: Mapping[str, Account],
    client: WechatClient | None = None,
    now: Clock = utc_now,
) -> list[dict[str, Any]]:
    """Ask WeChat for a token of each; return the states with the `trouble`, None where all is well.

    An account that was stopped and is in order again goes on sending at once.
    """
    client = client or WechatClient()
    tokens = SharedTokens(db, client, now)
    troubles: dict[str, str | None] = {}
    try:
        for account in accounts.values():
            troubles[account.name] = await _trouble(db, client, tokens, account, now)
    finally:
        await client.close()
    return [
        {**state, "trouble": troubles[state["name"]]}
        for state in await account_states(db, accounts)
    ]


async def _trouble(
    db: Database, client: WechatClient, tokens: SharedTokens, account: Account, now: Clock
) -> str | None:
    try:
        # A token that is at hand proves nothing of the secret as it is now.
        await tokens.forget(account, await tokens.token(account))
        await tokens.token(account)
        for open_kfid in account.open_kfids:
            # Asks for what is there already: nothing changes, but the id and the right are proved.
            await client.call(account, tokens, SYNC, {"open_kfid": open_kfid, "limit": 1})
    except Refused as error:
        return f"{error.errcode}: {look_up(error.errcode, account.kind).advice}"
    except (NotSent, Unanswered) as error:
        return f"{account.api}: {error}"
    async with db.begin() as conn:
        await account_store.save_problem(conn, account.app_id, None, None, now())
        await account_store.allow_menus(conn, account.app_id)
    return None
