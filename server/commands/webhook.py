"""`frontdoor webhook …`: telling other systems of events."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from common.db import Database
from common.settings import Settings
from common.times import to_local
from server.commands.running import print_json, run
from webhooks.delivery import Sender
from webhooks.model import DeliveryStatus
from webhooks.outbox import Outbox
from webhooks.service import Webhooks


@click.group()
def webhook() -> None:
    """Webhooks: telling other systems of events."""


@webhook.command("add")
@click.argument("url")
@click.option(
    "--event",
    multiple=True,
    required=True,
    metavar="PATTERN",
    help="Such as ticket.registered, or conversation.* for all of a thing.",
)
@click.option("--description", default="", help="What it is for.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def webhook_add(url: str, event: tuple[str, ...], description: str, as_json: bool) -> None:
    """Make a webhook, and show its secret this once."""
    made, secret = run(lambda settings, db: Webhooks(db).add(url, event, description, by=None))
    if as_json:
        print_json({**made, "secret": secret})
    else:
        click.echo(f"{made['id']}  {secret}")


@webhook.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def webhook_list(as_json: bool) -> None:
    """Show all webhooks."""
    for one in run(lambda settings, db: Webhooks(db).all()):
        if as_json:
            print_json(one)
        else:
            state = "on" if one["enabled"] else f"off ({one['disabled_because']})"
            click.echo(f"{one['id']}  {state}  {one['url']}  {', '.join(one['events'])}")


@webhook.command("delete")
@click.argument("webhook_id", metavar="ID")
def webhook_delete(webhook_id: str) -> None:
    """Remove a webhook, what waits for it, and its log."""
    run(lambda settings, db: Webhooks(db).delete(webhook_id, by=None))


@webhook.command("deliveries")
@click.argument("webhook_id", metavar="ID")
@click.option("--status", type=click.Choice(list(DeliveryStatus)))
@click.option("--limit", default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def webhook_deliveries(webhook_id: str, status: str | None, limit: int, as_json: bool) -> None:
    """Show what was sent, newest first."""
    settings = Settings.from_env()
    for one in run(
        lambda settings, db: Webhooks(db).deliveries(webhook_id, status=status, limit=limit)
    ):
        if as_json:
            print_json(one)
        else:
            made = to_local(datetime.fromisoformat(one["created_at"]), settings.time_zone)
            click.echo(f"{made:%m-%d %H:%M:%S}  {_summary(one)}")


@webhook.command("replay")
@click.argument("webhook_id", metavar="ID")
@click.option("--delivery", metavar="DELIVERY", help="This one, whatever came of it.")
@click.option(
    "--since",
    metavar="TIME",
    help="All that were given up since, such as 2026-01-31 or 2026-01-31T08:00.",
)
def webhook_replay(webhook_id: str, delivery: str | None, since: str | None) -> None:
    """Send again what did not arrive; the worker does it."""
    if (delivery is None) == (since is None):
        raise click.UsageError("give either --delivery or --since")

    async def again(settings: Settings, db: Database) -> int:
        webhooks = Webhooks(db)
        if delivery is not None:
            await webhooks.replay(webhook_id, delivery, by=None)
            return 1
        instant = _instant(since or "", settings.time_zone)
        return await webhooks.replay_failed(webhook_id, instant, by=None)

    click.echo(f"{run(again)} to be sent again")


def _instant(text: str, zone: str) -> datetime:
    """Read ISO 8601; without a zone the operator's own is meant."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("write it like 2026-01-31T08:00", param_hint="--since") from None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


@webhook.command("test")
@click.argument("webhook_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def webhook_test(webhook_id: str, as_json: bool) -> None:
    """Send a test now and show what came of it; ends with 1 when it did not arrive."""

    async def try_out(settings: Settings, db: Database) -> dict[str, Any]:
        sender = Sender(Outbox(db))
        try:
            return await sender.try_out(webhook_id)
        finally:
            await sender.stop()

    sent = run(try_out)
    if as_json:
        print_json(sent)
    else:
        click.echo(_summary(sent))
    if sent["error"] is not None:
        raise SystemExit(1)


def _summary(delivery: dict[str, Any]) -> str:
    came = delivery["response_status"] or delivery["error"] or "-"
    return (
        f"{delivery['id']}  {delivery['type']}  {delivery['status']}  "
        f"attempts {delivery['attempts']}  {came}"
    )
