"""Who is there to take a team's cases."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff import agent_store, routing, team_store


async def online_by_team(conn: AsyncConnection, seen_after: datetime) -> dict[str | None, set[str]]:
    """Return the agents online who take each team's cases, at once or once these overflow.

    Cases of no team (None) are everyone's.

    Args:
        conn: a connection.
        seen_after: who was not heard of since then is not there.
    """
    found: dict[str | None, set[str]] = defaultdict(set)
    teams = await team_store.list_teams(conn)
    members = await team_store.list_members(conn)
    for agent in await agent_store.list_online(conn, seen_after):
        for team_id, _ in routing.served_queues(teams, members.get(agent.id, frozenset())):
            found[team_id].add(agent.id)
    return found
