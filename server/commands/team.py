"""`frontdoor team …`: keeping teams from the command line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from common.db import Database
from common.errors import NotFound
from common.settings import Settings
from handoff.duty import Duty
from handoff.hours import Hours
from handoff.model import HandoffReason
from handoff.routing import Team
from handoff.teams import ASSIGNMENTS, Teams
from handoff.wiring import waiting_rules_of
from server.commands.running import print_json, run
from tickets.model import FaultType


@click.group()
def team() -> None:
    """Teams: which cases come to whom."""


@team.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def team_list(as_json: bool) -> None:
    """Show all teams."""
    for one in run(lambda settings, db: Teams(db, waiting_rules_of(settings)).list()):
        if as_json:
            print_json(one)
        else:
            takes = ", ".join([*one["reasons"], *one["categories"]]) or "anything"
            click.echo(f"{one['name']}  takes {takes}  {len(one['members'])} members")


@team.command("save")
@click.argument("name")
@click.option("--reason", multiple=True, type=click.Choice([each.value for each in HandoffReason]))
@click.option("--category", multiple=True, type=click.Choice([each.value for each in FaultType]))
@click.option("--overflow-seconds", type=int, help="So long only its own people are asked.")
@click.option("--overflow-to", metavar="TEAM", help="Who is asked then; everyone when left out.")
@click.option("--member", multiple=True, metavar="USERNAME")
@click.option("--assignment", type=click.Choice(ASSIGNMENTS), help="As the desk does by default.")
@click.option("--most-waiting", type=int, help="More do not wait at once; 0: no limit.")
@click.option("--longest-wait-seconds", type=int, help="Who waits longer is told; 0: never.")
@click.option("--hours", metavar="HOURS", help='"workdays 09:00-18:00; weekends closed".')
def team_save(
    name: str,
    reason: tuple[str, ...],
    category: tuple[str, ...],
    overflow_seconds: int | None,
    overflow_to: str | None,
    member: tuple[str, ...],
    assignment: str | None,
    most_waiting: int | None,
    longest_wait_seconds: int | None,
    hours: str | None,
) -> None:
    """Make a team, or change the one of this name as a whole; what is left out is the desk's."""

    async def save(settings: Settings, db: Database) -> None:
        teams = Teams(db)
        ids = {one["name"]: one["id"] for one in await teams.list()}
        if overflow_to is not None and overflow_to not in ids:
            raise NotFound(f"no team {overflow_to}", code="team_unknown")
        wanted = Team(
            id="",
            name=name,
            reasons=frozenset(reason),
            categories=frozenset(category),
            overflow_after=_time(overflow_seconds),
            overflow_to=ids[overflow_to] if overflow_to else None,
            assignment=assignment,
            most_waiting=most_waiting,
            longest_wait=_time(longest_wait_seconds),
            hours=Hours.parse(hours or ""),
        )
        await teams.save(ids.get(name), wanted, member, by=None)

    run(save)


@team.command("delete")
@click.argument("name")
def team_delete(name: str) -> None:
    """Remove a team; who waits for it is everyone's from then on."""

    async def delete(settings: Settings, db: Database) -> None:
        await Teams(db).delete(await _id_of(db, name), by=None)

    run(delete)


@team.command("duty")
@click.argument("name", required=False)
@click.option("--day", metavar="DATE", help="Set this day, such as 2026-10-01.")
@click.option("--user", "users", multiple=True, metavar="USERNAME", help="Who; nobody empties it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def team_duty(name: str | None, day: str | None, users: tuple[str, ...], as_json: bool) -> None:
    """Show or set who is on duty, for a team or, without NAME, for the whole desk."""

    async def roster(settings: Settings, db: Database) -> dict[str, Any]:
        duty = Duty(db, waiting_rules_of(settings))
        team_id = await _id_of(db, name) if name else None
        if day is not None:
            return await duty.save(team_id, {day: users}, by=None)
        return await duty.roster(team_id)

    found = run(roster)
    if as_json:
        print_json(found)
        return
    for date, names in found["duty"].items():
        click.echo(f"{date}  {', '.join(names)}")


async def _id_of(db: Database, name: str) -> str:
    for one in await Teams(db).list():
        if one["name"] == name:
            return str(one["id"])
    raise NotFound(f"no team {name}", code="team_unknown")


def _time(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
