"""What supervisors see and do: the whole queue live, every conversation, every agent, alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from common import events
from common.auth import User
from common.db import Database
from common.errors import InvalidInput, NotFound
from common.times import Clock, iso, utc_now
from handoff import agent_store, supervision_store, team_store
from handoff.assignment import AWAY_AFTER_MISSES, Assignments
from handoff.desk import Desk
from handoff.model import Agent, ConversationStatus, HandoffReason, Presence
from handoff.routing import Team
from handoff.staffing import online_by_team
from handoff.supervision_store import REQUEUED, WAITED_LONG, Filter
from handoff.views import agent_view, summary_view
from tickets import phones

PAGE = 50
MOST_ALERTS = 200
MOST_CAPACITY = 100
BOT_TALKS_FOR = timedelta(minutes=30)
"""So long after the last word a conversation of the bot's still counts as going on."""

STATUSES = ("", "waiting", "queued", "offered", "active", "bot")


class Supervision:
    """The supervisor's use cases; taking over and passing on are in `transfers`."""

    def __init__(
        self,
        db: Database,
        desk: Desk,
        assignments: Assignments,
        *,
        now: Clock = utc_now,
    ) -> None:
        self._db = db
        self._desk = desk
        self._assignments = assignments
        self._now = now

    # -- how it stands ------------------------------------------------------------------------

    async def overview(self) -> dict[str, Any]:
        """Return who waits, by team, who is served, and who is there to serve."""
        now = self._now()
        grace = self._assignments.rules.grace
        async with self._db.connect() as conn:
            teams = await team_store.list_teams(conn)
            queues: list[tuple[str | None, str | None, timedelta]]
            queues = [(team.id, team.name, self._limit(team)) for team in teams]
            queues.append((None, None, self._limit(None)))
            late = {team_id: now - limit for team_id, _, limit in queues if limit}
            rows = await supervision_store.count_by_team(conn, late)
            with_bot = await supervision_store.count_with_bot(conn, now - BOT_TALKS_FOR)
            online = await online_by_team(conn, now - grace)
            agents = await agent_store.list_agents(conn)
        return {
            **_standing(rows),
            "bot": with_bot,
            "teams": [
                {
                    "id": team_id,
                    "name": name,
                    **_standing([row for row in rows if row.team_id == team_id]),
                    "limit_seconds": int(limit.total_seconds()) or None,
                    "online": len(online[team_id]),
                }
                for team_id, name, limit in queues
            ],
            "agents": _staff(agents, now, grace),
        }

    def _limit(self, team: Team | None) -> timedelta:
        return self._assignments.rules.waiting.longest_wait_of(team)

    # -- conversations ------------------------------------------------------------------------

    async def conversations(
        self,
        *,
        status: str = "",
        team: str = "",
        agent: str = "",
        reason: str = "",
        words: str = "",
        page: int = 1,
    ) -> dict[str, Any]:
        """Return a page of the open conversations, who waits longest first, and how many there are.

        Args:
            status: `waiting`, or a status of a conversation that is open; empty: any.
            team: whose, `none` for those of no team; empty: any.
            agent: with whom, or to whom offered; empty: any.
            reason: the newest handoff's; empty: any.
            words: part of the customer's name, their number or its last four digits, or the
                conversation's id.
            page: which, from 1.

        Raises:
            InvalidInput: no such status (`status_unknown`) or reason (`reason_unknown`).
        """
        if status not in STATUSES:
            raise InvalidInput(
                f"status must be one of {', '.join(STATUSES[1:])}", code="status_unknown"
            )
        if reason and reason not in list(HandoffReason):
            raise InvalidInput(f"no handoff reason {reason!r}", code="reason_unknown")
        words = words.strip()
        number = phones.check(words) if words else None
        wanted = Filter(
            status=status,
            team=team,
            agent=agent,
            reason=reason,
            words=words,
            phone=number.stored if isinstance(number, phones.Phone) else None,
        )
        async with self._db.connect() as conn:
            rows, total = await supervision_store.list_page(conn, wanted, PAGE, (page - 1) * PAGE)
        return {
            "conversations": [summary_view(row, None) for row in rows],
            "total": total,
            "page_size": PAGE,
        }

    # -- agents -------------------------------------------------------------------------------

    async def agents(self) -> list[dict[str, Any]]:
        """Return everyone who serves the queue: who is there first, then by name."""
        now = self._now()
        async with self._db.connect() as conn:
            found = await agent_store.list_agents(conn)
            names = {team.id: team.name for team in await team_store.list_teams(conn)}
            members = await team_store.list_members(conn)
        grace = self._assignments.rules.grace
        return [
            {
                **agent_view(agent),
                "is_there": agent.is_there(now, grace),
                "seen_at": iso(agent.seen_at) if agent.seen_at else None,
                "teams": sorted(names[team_id] for team_id in members.get(agent.id, ())),
            }
            for agent in sorted(found, key=lambda one: (not one.is_there(now, grace), one.name))
        ]

    async def set_presence(
        self, agent_id: str, presence: str, reason: str, by: User
    ) -> dict[str, Any]:
        """Decide an agent's presence for them; see `Desk.set_presence`.

        Raises:
            NotFound: no such agent (`agent_unknown`).
            InvalidInput: not a presence, or too long a reason.
            Conflict: they shall be online and their console is not open (`console_not_open`).
        """
        user = await self._agent(agent_id)
        return agent_view(await self._desk.set_presence(user, presence, reason, by=by))

    async def set_capacity(self, agent_id: str, capacity: int, by: User) -> dict[str, Any]:
        """Say how many conversations an agent holds at once; who has more keeps them.

        Raises:
            NotFound: no such agent (`agent_unknown`).
            InvalidInput: not 1 to 100 (`capacity_invalid`).
        """
        if not 1 <= capacity <= MOST_CAPACITY:
            raise InvalidInput(f"接待上限是 1 到 {MOST_CAPACITY}。", code="capacity_invalid")
        user = await self._agent(agent_id)
        async with self._db.begin() as conn:
            before = await agent_store.lock_agent(conn, agent_id, capacity)
            if before.capacity != capacity:
                await agent_store.save_agent(conn, agent_id, {"capacity": capacity})
                await events.append(
                    conn,
                    "agent.capacity_changed",
                    actor=f"user:{by.id}",
                    data={"agent_id": agent_id, "capacity": capacity},
                    now=self._now(),
                )
        await self._assignments.fill(agent_id)
        return agent_view(await self._desk.agent(user))

    async def _agent(self, agent_id: str) -> User:
        async with self._db.connect() as conn:
            user = await supervision_store.find_user(conn, agent_id)
            if user is None or await agent_store.find_agent(conn, agent_id) is None:
                raise NotFound("没有这位客服。", code="agent_unknown")
        return user

    # -- alerts -------------------------------------------------------------------------------

    async def alerts(self, hours: int) -> list[dict[str, Any]]:
        """Return what went wrong in the last hours, newest first, at most 200."""
        since = self._now() - timedelta(hours=hours)
        async with self._db.connect() as conn:
            rows = await supervision_store.list_alerts(conn, since, AWAY_AFTER_MISSES, MOST_ALERTS)
        return [_alert(row) for row in rows]


def _standing(rows: Sequence[Any]) -> dict[str, Any]:
    """Add up rows of `count_by_team`."""
    served = [row for row in rows if row.status == ConversationStatus.ACTIVE.value]
    waits = [row for row in rows if row not in served]
    return {
        "waiting": sum(row.number for row in waits),
        "offered": sum(
            row.number for row in waits if row.status == ConversationStatus.OFFERED.value
        ),
        "active": sum(row.number for row in served),
        "longest_since": iso(min(row.since for row in waits)) if waits else None,
        "over": sum(row.late for row in waits),
    }


def _staff(agents: Sequence[Agent], now: datetime, grace: timedelta) -> dict[str, int]:
    there = [agent for agent in agents if agent.is_there(now, grace)]
    online = [agent for agent in there if agent.presence is Presence.ONLINE]
    return {
        "online": len(online),
        "away": len(there) - len(online),
        "offline": len(agents) - len(there),
        "load": sum(agent.load for agent in online),
        "capacity": sum(agent.capacity for agent in online),
    }


def _alert(row: Any) -> dict[str, Any]:
    """An alert as the API shows it, from a row of `list_alerts`."""
    data: Mapping[str, Any] = row.data
    if row.type == REQUEUED:
        kind = data["cause"]
    else:
        kind = "waited_long" if row.type == WAITED_LONG else "offers_missed"
    return {
        "id": row.id,
        "kind": kind,
        "conversation_id": row.conversation_id,
        "contact": {"id": row.contact_id, "name": row.contact_name} if row.contact_id else None,
        "agent": {"id": row.agent_id, "name": row.agent_name} if row.agent_id else None,
        "at": iso(row.created_at),
    }
