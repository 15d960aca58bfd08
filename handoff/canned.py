"""Keeping canned responses: shared ones by supervisors, everyone their own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common import events
from common.auth import SUPERVISORS, User
from common.db import Database
from common.errors import Conflict, Forbidden, InvalidInput, NotFound
from common.ids import new_id
from common.times import Clock, utc_now
from handoff import canned_store, team_store
from handoff.canned_model import CannedResponse, checked
from handoff.versions import refuse_stale

MOST = 1000


class CannedResponses:
    """One method, one transaction."""

    def __init__(self, db: Database, *, now: Clock = utc_now) -> None:
        self._db = db
        self._now = now

    async def list(self, user: User) -> list[dict[str, Any]]:
        """Return what someone may use, as the API shows it: for everyone, their teams, themselves.

        Supervisors get those of all teams. Each says how often this user put it into a reply and
        how its title sounds, so that the console finds and orders them while one types.
        """
        async with self._db.connect() as conn:
            rows = await canned_store.list_canned(conn, user.id)
            teams = await team_store.teams_of(conn, user.id)
        found = [(canned_store.to_canned(row), row.uses, row.pinyin) for row in rows]
        return [
            _view(canned, user, uses, pinyin)
            for canned, uses, pinyin in found
            if canned.may_be_read_by(user.id, teams, supervises=_supervises(user))
        ]

    async def save(
        self,
        canned_id: str | None,
        wanted: CannedResponse,
        *,
        by: User,
        read_at: int | None = None,
    ) -> dict[str, Any]:
        """Make one, or change the one with this id; returns it as the API shows it.

        Args:
            canned_id: which, or None for a new one.
            wanted: as it shall be; its own id counts nothing.
            by: who does it.
            read_at: the version it is made from; None: whatever is there.

        Raises:
            NotFound: no such canned response, or somebody else's own (`canned_unknown`).
            Forbidden: shared ones are kept by supervisors (`canned_not_yours`).
            InvalidInput: see `canned_model.checked`; or no such team (`team_unknown`).
            Conflict: there are very many already (`canned_too_many`), or someone else saved this
                one meanwhile (`canned_changed`).
        """
        canned = checked(replace(wanted, id=canned_id or new_id(), updated_by=by.name))
        _check_may_change(canned, by)
        pinyin = await asyncio.to_thread(pinyin_of, canned.title)
        async with self._db.begin() as conn:
            before = None if canned_id is None else await self._find(conn, canned_id, by)
            if before is not None:
                _check_may_change(before, by)
                refuse_stale(before, read_at, "canned_changed")
                canned = replace(canned, version=before.version + 1)
            if canned.team_id and await team_store.find_team(conn, canned.team_id) is None:
                raise InvalidInput("这个技能组不存在，请重新选择。", code="team_unknown")
            if (before is None or before.owner_id != canned.owner_id) and (
                await canned_store.count_canned(conn, canned.owner_id) >= MOST
            ):
                raise Conflict(f"已经有 {MOST} 条了，请先删掉不用的。", code="canned_too_many")
            await canned_store.save_canned(conn, canned, pinyin, self._now())
            await _note(conn, "canned.saved", canned.id, by)
            uses = await canned_store.uses_of(conn, canned.id, by.id)
        return _view(canned, by, uses, pinyin)

    async def delete(self, canned_id: str, *, by: User) -> None:
        """Remove one.

        Raises:
            NotFound: no such canned response, or somebody else's own (`canned_unknown`).
            Forbidden: shared ones are kept by supervisors (`canned_not_yours`).
        """
        async with self._db.begin() as conn:
            _check_may_change(await self._find(conn, canned_id, by), by)
            await canned_store.delete_canned(conn, canned_id)
            await _note(conn, "canned.deleted", canned_id, by)

    async def used(self, canned_id: str, user: User) -> None:
        """Count that someone put it into a reply, so that it comes sooner in their list.

        Raises:
            NotFound: no such canned response for them (`canned_unknown`).
        """
        async with self._db.begin() as conn:
            await self._find(conn, canned_id, user)
            await canned_store.count_use(conn, canned_id, user.id)

    async def _find(self, conn: AsyncConnection, canned_id: str, user: User) -> CannedResponse:
        canned = await canned_store.lock_canned(conn, canned_id)
        teams = await team_store.teams_of(conn, user.id)
        if canned is None or not canned.may_be_read_by(
            user.id, teams, supervises=_supervises(user)
        ):
            raise NotFound("这条快捷回复不存在，可能已被删除。", code="canned_unknown")
        return canned


def pinyin_of(title: str) -> str:
    """Return how a title sounds, a syllable a word, such as `kuan dai bao zhang`."""
    # Here, not above: it takes half a second, and only saving needs it.
    from pypinyin import lazy_pinyin

    return " ".join(syllable.strip() for syllable in lazy_pinyin(title.lower()))


def _supervises(user: User) -> bool:
    return user.role in SUPERVISORS


def _check_may_change(canned: CannedResponse, user: User) -> None:
    if not canned.may_be_changed_by(user.id, supervises=_supervises(user)):
        raise Forbidden("公共快捷回复由主管维护，您可以存成自己的。", code="canned_not_yours")


def _view(canned: CannedResponse, user: User, uses: int, pinyin: str) -> dict[str, Any]:
    return {
        "id": canned.id,
        "title": canned.title,
        "text": canned.text,
        "shortcut": canned.shortcut,
        "category": canned.category,
        "team_id": canned.team_id,
        "personal": canned.owner_id is not None,
        "may_change": canned.may_be_changed_by(user.id, supervises=_supervises(user)),
        "uses": uses,
        "pinyin": pinyin,
        "version": canned.version,
        "updated_by": canned.updated_by,
    }


async def _note(conn: AsyncConnection, what: str, canned_id: str, by: User) -> None:
    await events.append(conn, what, actor=f"user:{by.id}", data={"canned_id": canned_id})
