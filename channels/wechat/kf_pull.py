"""WeChat customer service brings nothing: after its notice we pull what customers did.

One process at a time pulls one `open_kfid`, by a lease in the database. What a page holds and the
cursor behind it are written in one transaction, so that a process may die anywhere: the page is
pulled again, and what was stored already is known by its key. A notice is written down before it
is answered, and without any we pull every minute, so a lost one costs a minute.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from channels.wechat import kf_events, kf_store
from channels.wechat.access import Access
from channels.wechat.accounts import Account
from channels.wechat.errcodes import Remedy
from channels.wechat.failures import NotSent, Refused, Unanswered
from channels.wechat.intake import Intake, Stored
from channels.wechat.kf_inbound import Welcome, read_item
from channels.wechat.kf_rules import may_greet
from channels.wechat.kf_store import Pull
from channels.wechat.splitting import LONGEST_TEXT, cut_short
from channels.wechat.telling import note_pull
from common.ids import new_id

logger = logging.getLogger(__name__)

SYNC = "/cgi-bin/kf/sync_msg"
SEND_ON_EVENT = "/cgi-bin/kf/send_msg_on_event"
PAGE = 100
LARGEST_PAGE = 4 * 1024 * 1024
LEASE = timedelta(seconds=40)
HISTORY = timedelta(minutes=10)
"""What was said so long before we first looked is history: it is not answered."""
TOKEN_LASTS = timedelta(minutes=9)
"""WeChat takes the token of a notice for ten minutes; without one it lets us pull more rarely."""
TOKEN_REFUSED = 95007
CURSOR_REFUSED = 40058
EMPTY_PAUSE_SECONDS = 0.05
SOON = timedelta(seconds=5)
LATER = timedelta(minutes=1)


class Puller:
    """Pulls what the customers of all `open_kfids` did."""

    def __init__(self, access: Access, intake: Intake) -> None:
        self._access = access
        self._db = access.db
        self._accounts = {
            open_kfid: account
            for account in access.accounts.values()
            for open_kfid in account.open_kfids
        }
        self._intake = intake
        self._now = access.now
        self._is_new = True
        self._running: set[asyncio.Task[None]] = set()

    async def notice(self, account: Account, fields: Mapping[str, str]) -> None:
        """Write down that there is something to be pulled, and begin to pull it."""
        open_kfid = fields.get("OpenKfId", "")
        if self._accounts.get(open_kfid) is not account:
            logger.warning("a notice for open_kfid %r, which the file does not name", open_kfid)
            return
        now = self._now()
        async with self._db.begin() as conn:
            await kf_store.make_pull(conn, open_kfid, account.app_id, now - HISTORY)
            token = fields.get("Token", "")[:256]
            await kf_store.note_notice(conn, open_kfid, token, now)
        await self._begin(open_kfid)

    async def sweep(self) -> int:
        """Begin to pull what is due and nobody pulls; returns how many."""
        if not self._accounts:
            return 0
        now = self._now()
        if self._is_new:
            # While we were away notices were lost: all are due.
            async with self._db.begin() as conn:
                for open_kfid, account in self._accounts.items():
                    await kf_store.make_pull(conn, open_kfid, account.app_id, now - HISTORY)
            self._is_new, due = False, list(self._accounts)
        else:
            async with self._db.connect() as conn:
                due = await kf_store.list_due(conn, now, self._accounts)
        return sum([await self._begin(open_kfid) for open_kfid in due])

    async def drain(self, seconds: float = 3) -> None:
        """Give what is under way some time to end; a sweep takes up the rest."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        # A pull may begin a welcome.
        while self._running and (left := until - loop.time()) > 0:
            await asyncio.wait(self._running, timeout=left)
        late = list(self._running)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _begin(self, open_kfid: str) -> bool:
        lease, now = new_id(), self._now()
        async with self._db.begin() as conn:
            if not await kf_store.claim_pull(conn, open_kfid, lease, now, now + LEASE):
                return False
        self._spawn(self._pull_guarded(open_kfid, lease))
        return True

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _pull_guarded(self, open_kfid: str, lease: str) -> None:
        try:
            while await self._pull_page(open_kfid, lease):
                pass
        except Exception:  # the edge of a task: another takes it up when the lease runs out
            logger.exception("cannot pull what customers of %s did", open_kfid)

    async def _pull_page(self, open_kfid: str, lease: str) -> bool:
        """Pull one page; whether to go on at once."""
        account = self._accounts[open_kfid]
        async with self._db.connect() as conn:
            pull = await kf_store.find_pull(conn, open_kfid)
        if pull is None or pull.owner != lease:
            return False
        try:
            page = await self._access.call(account, SYNC, self._question(pull), LARGEST_PAGE)
        except (NotSent, Unanswered, Refused) as error:
            return await self._put_off(account, pull, lease, error)
        return await self._store(account, pull, lease, page)

    def _question(self, pull: Pull) -> dict[str, Any]:
        body = {"open_kfid": pull.open_kfid, "limit": PAGE, "voice_format": 0}
        if pull.cursor:
            body["cursor"] = pull.cursor
        if pull.token and pull.noticed_at and self._now() - pull.noticed_at < TOKEN_LASTS:
            body["token"] = pull.token
        return body

    async def _store(
        self, account: Account, pull: Pull, lease: str, page: Mapping[str, Any]
    ) -> bool:
        """Write a page and the cursor behind it; whether there is more."""
        found = page.get("msg_list")
        items = found if isinstance(found, list) else []
        cursor = page.get("next_cursor")
        stored: list[Stored] = []
        welcomes: list[Welcome] = []
        now = self._now()
        async with self._db.begin() as conn:
            current = await kf_store.lock_pull(conn, pull.open_kfid)
            if current is None or current.owner != lease:
                return False
            for item in items:
                pulled = read_item(item, account.app_id)
                if isinstance(pulled, Welcome):
                    welcomes.append(pulled)
                elif pulled is not None:
                    one = await kf_events.take(conn, self._intake, account, pull, pulled, now)
                    stored += [one] if one else []
            more = bool(page.get("has_more"))
            goes_on = more or current.notices != pull.notices
            await kf_store.save_pull(
                conn,
                pull.open_kfid,
                cursor=cursor if isinstance(cursor, str) and cursor else pull.cursor,
                answered=pull.answered if more else pull.notices,
                pulled_at=now,
                problem=None,
                owner=lease if goes_on else None,
                until=now + LEASE if goes_on else None,
            )
            if pull.problem is not None:
                await note_pull(conn, account, None, now)
        self._intake.begin(stored)
        for welcome in welcomes:
            if account.welcome and may_greet(welcome.sent_at, now):
                self._spawn(self._greet(account, welcome))
        if more and not items:
            await asyncio.sleep(EMPTY_PAUSE_SECONDS)
        return goes_on

    async def _put_off(self, account: Account, pull: Pull, lease: str, error: Exception) -> bool:
        """Write down that a pull failed; whether to try at once, another way."""
        now = self._now()
        code = error.errcode if isinstance(error, Refused) else None
        values: dict[str, Any] = {"retry_at": now + SOON, "owner": None, "until": None}
        is_other_way = False
        if code == TOKEN_REFUSED and pull.token:
            values, is_other_way = {"token": ""}, True
        elif code == CURSOR_REFUSED and pull.cursor:
            # From the beginning of what WeChat keeps: we know keys for longer, so none is doubled.
            values, is_other_way = {"cursor": ""}, True
        elif isinstance(error, Refused):
            is_ours = error.remedy is not Remedy.LATER
            values |= {"retry_at": now + LATER, "problem": code if is_ours else pull.problem}
        async with self._db.begin() as conn:
            current = await kf_store.lock_pull(conn, pull.open_kfid)
            if current is None or current.owner != lease:
                return False
            if "token" in values and current.token != pull.token:
                return True  # a newer notice came with a newer one
            await kf_store.save_pull(conn, pull.open_kfid, **values)
            problem = values.get("problem")
            if problem is not None and problem != pull.problem:
                await note_pull(conn, account, problem, now)
        return is_other_way

    async def _greet(self, account: Account, welcome: Welcome) -> None:
        """Welcome a customer; the code lets that be done once, however often it is tried."""
        text = {"content": cut_short(account.welcome, LONGEST_TEXT)}
        body = {"code": welcome.code, "msgtype": "text", "text": text}
        try:
            await self._access.call(account, SEND_ON_EVENT, body)
        except (NotSent, Unanswered, Refused) as error:
            logger.warning("a WeChat customer was not welcomed: %s", error)
