"""Keeping teams: who is in them and what comes to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from common import events
from common.auth import User
from common.db import Database
from common.errors import Conflict, InvalidInput, NotFound
from common.ids import new_id
from common.times import Clock, iso, utc_now
from handoff import duty_store, team_store
from handoff.limits import WaitingRules
from handoff.model import HandoffReason
from handoff.routing import Team
from handoff.versions import refuse_stale
from tickets.model import FaultType

LONGEST_NAME = 32
LONGEST_OVERFLOW = LONGEST_LIMIT = timedelta(hours=24)
MOST_WAITING = 10_000
ASSIGNMENTS = ("offer", "pick")


class Teams:
    """One method, one transaction."""

    def __init__(
        self, db: Database, rules: WaitingRules | None = None, *, now: Clock = utc_now
    ) -> None:
        self._db = db
        self._rules = rules or WaitingRules()
        self._now = now

    async def list(self) -> list[dict[str, Any]]:
        """Return all teams as the API shows them, by name."""
        async with self._db.connect() as conn:
            teams = await team_store.list_teams(conn)
            members = await team_store.list_members(conn)
        return [
            self._view(team, [user for user, theirs in members.items() if team.id in theirs])
            for team in teams
        ]

    async def save(
        self,
        team_id: str | None,
        wanted: Team,
        members: Sequence[str],
        *,
        by: User | None,
        read_at: int | None = None,
    ) -> dict[str, Any]:
        """Make a team, or change the one with this id; returns it as the API shows it.

        Args:
            team_id: which, or None for a new one.
            wanted: as it shall be; its own id counts nothing.
            members: user names of all who are in it.
            by: who does it; None is whoever has the machine.
            read_at: the version it is made from; None: whatever is there.

        Raises:
            NotFound: no such team (`team_unknown`).
            InvalidInput: no name (`team_name_invalid`), or an unknown reason (`reason_unknown`),
                category (`fault_type_unknown`), assignment (`assignment_unknown`), overflow
                (`overflow_invalid`), limit (`limit_invalid`) or user (`user_unknown`).
            Conflict: another team has the name (`team_name_taken`), or someone else saved this
                one meanwhile (`team_changed`).
        """
        team = replace(
            wanted,
            id=team_id or new_id(),
            name=wanted.name.strip(),
            version=1,
            updated_by=by.name if by else "",
        )
        _check(team)
        try:
            async with self._db.begin() as conn:
                if team_id is not None:
                    before = await team_store.lock_team(conn, team_id)
                    if before is None:
                        raise NotFound(f"没有编号为 {team_id} 的技能组。", code="team_unknown")
                    refuse_stale(before, read_at, "team_changed")
                    team = replace(team, version=before.version + 1)
                if team.overflow_to and await team_store.find_team(conn, team.overflow_to) is None:
                    raise InvalidInput("溢出到的技能组不存在。", code="overflow_invalid")
                people = list((await team_store.user_ids(conn, members)).values())
                await team_store.save_team(conn, team)
                await team_store.set_members(conn, team.id, people)
                await _note(conn, "team.saved", team.id, by)
        except IntegrityError:
            raise Conflict(f"已有叫“{team.name}”的技能组。", code="team_name_taken") from None
        return self._view(team, people)

    async def delete(self, team_id: str, *, by: User | None) -> None:
        """Remove a team; who waits for it is everyone's from then on.

        Raises:
            NotFound: no such team (`team_unknown`).
        """
        async with self._db.begin() as conn:
            if await team_store.find_team(conn, team_id) is None:
                raise NotFound(f"没有编号为 {team_id} 的技能组。", code="team_unknown")
            await team_store.delete_team(conn, team_id)
            await duty_store.delete_duty(conn, team_id)
            await _note(conn, "team.deleted", team_id, by)

    def _view(self, team: Team, members: Sequence[str]) -> dict[str, Any]:
        now = self._now()
        opens = self._rules.opens_at(team, now)
        return {
            "id": team.id,
            "name": team.name,
            "reasons": sorted(team.reasons),
            "categories": sorted(team.categories),
            "overflow_seconds": _seconds(team.overflow_after),
            "overflow_to": team.overflow_to,
            "members": sorted(members),
            "assignment": team.assignment,
            "most_waiting": team.most_waiting,
            "longest_wait_seconds": _seconds(team.longest_wait),
            "hours": team.hours and team.hours.to_json(),
            "version": team.version,
            "updated_by": team.updated_by,
            "is_open": self._rules.is_open(team, now),
            "opens_at": iso(opens) if opens else None,
        }


def _seconds(time: timedelta | None) -> int | None:
    return None if time is None else int(time.total_seconds())


def _check(team: Team) -> None:
    if not 0 < len(team.name) <= LONGEST_NAME:
        raise InvalidInput(f"技能组要有名字，最多 {LONGEST_NAME} 字。", code="team_name_invalid")
    if unknown := team.reasons - set(HandoffReason):
        raise InvalidInput(f"no handoff reason {min(unknown)!r}", code="reason_unknown")
    if unknown := team.categories - set(FaultType):
        raise InvalidInput(f"no fault type {min(unknown)!r}", code="fault_type_unknown")
    if team.assignment not in (None, *ASSIGNMENTS):
        raise InvalidInput("assignment must be offer, pick or null", code="assignment_unknown")
    if team.most_waiting is not None and not 0 <= team.most_waiting <= MOST_WAITING:
        raise InvalidInput(f"排队上限要在 0 到 {MOST_WAITING} 之间。", code="limit_invalid")
    longest = team.longest_wait
    if longest is not None and not timedelta(0) <= longest <= LONGEST_LIMIT:
        raise InvalidInput("最长等待要在 0 到 86400 秒之间。", code="limit_invalid")
    after = team.overflow_after
    if after is not None and not timedelta(0) <= after <= LONGEST_OVERFLOW:
        raise InvalidInput("overflow_seconds must be 0 to 86400", code="overflow_invalid")
    if team.overflow_to and (after is None or team.overflow_to == team.id):
        raise InvalidInput(
            "overflow_to needs overflow_seconds, and another team", code="overflow_invalid"
        )


async def _note(conn: AsyncConnection, what: str, team_id: str, by: User | None) -> None:
    actor = f"user:{by.id}" if by else "operator"
    await events.append(conn, what, actor=actor, data={"team_id": team_id})
