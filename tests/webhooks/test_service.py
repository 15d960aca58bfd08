"""Keeping webhooks: switching on and off, changing the secret, sending again by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from common.errors import Conflict, InvalidInput, NotFound
from tests.webhooks.conftest import Post, Receiver
from webhooks import model


async def switch(
    post: Post, receiver: Receiver, webhook_id: str, enabled: bool, missed: bool = False
) -> None:
    await post.webhooks.change(
        webhook_id, receiver.url, ["ticket.*"], "", enabled=enabled, missed=missed, by=None
    )


async def given_up(post: Post, receiver: Receiver) -> str:
    """A webhook with one delivery that failed for good."""
    webhook_id = await post.add(receiver)
    receiver.answers(*[500] * 9)
    await post.happens("ticket.registered")
    await post.send()
    for pause in model.BACK_OFF:
        post.clock.forward(seconds=1.25 * pause.total_seconds())
        await post.send()
    return webhook_id


async def test_a_webhook_is_listed_without_its_secret(post: Post, receiver: Receiver):
    made, secret = await post.webhooks.add(
        receiver.url, ["ticket.*", "handoff.requested"], " 客户关系系统 ", by=None
    )

    assert await post.webhooks.all() == [made]
    assert made["description"] == "客户关系系统"
    assert made["enabled"] is True
    assert secret not in str(made)


@pytest.mark.parametrize(
    ("url", "patterns", "description", "code"),
    [
        ("ftp://x.example", ["ticket.*"], "", "url_invalid"),
        ("https://x.example", [], "", "event_unknown"),
        ("https://x.example", ["ticket.*"], "长" * 101, "description_too_long"),
    ],
)
async def test_what_will_not_do_is_refused(
    post: Post, url: str, patterns: list[str], description: str, code: str
):
    with pytest.raises(InvalidInput) as refused:
        await post.webhooks.add(url, patterns, description, by=None)
    assert refused.value.code == code
    assert await post.webhooks.all() == []


async def test_while_it_is_off_nothing_is_sent_and_what_waits_stays(post: Post, receiver: Receiver):
    webhook_id = await post.add(receiver)
    receiver.answers(500)
    await post.happens("ticket.registered")
    await post.send()
    await switch(post, receiver, webhook_id, False)
    await post.happens("ticket.urged")
    post.clock.forward(hours=1)
    await post.send()
    assert len(receiver.calls) == 1

    await switch(post, receiver, webhook_id, True)
    await post.happens("ticket.closed")
    await post.send()

    types = [call.content["type"] for call in receiver.calls]
    assert types == ["ticket.registered", "ticket.registered", "ticket.closed"]


async def test_when_asked_for_what_it_missed_is_sent_too(post: Post, receiver: Receiver):
    webhook_id = await post.add(receiver)
    await switch(post, receiver, webhook_id, False)
    await post.happens("ticket.registered", "conversation.closed", "ticket.urged")

    await switch(post, receiver, webhook_id, True, missed=True)
    await post.send()

    types = [call.content["type"] for call in receiver.calls]
    assert sorted(types) == ["ticket.registered", "ticket.urged"]


async def test_a_new_secret_signs_beside_the_old_one(post: Post, receiver: Receiver):
    made, old = await post.webhooks.add(receiver.url, ["ticket.*"], by=None)
    shown, new = await post.webhooks.change_secret(made["id"], by=None)
    await post.happens("ticket.registered")
    await post.send()

    [call] = receiver.calls
    signed = [
        model.sign(secret, call.id, call.headers["webhook-timestamp"], call.body.decode())
        for secret in (new, old)
    ]
    assert call.headers["webhook-signature"].split() == signed
    assert shown["previous_secret_until"] == "2026-03-11T04:00:00.000Z"


async def test_one_delivery_is_sent_again_under_the_same_id(post: Post, receiver: Receiver):
    webhook_id = await post.add(receiver)
    await post.happens("ticket.registered")
    await post.send()
    [sent] = await post.log(webhook_id)

    again = await post.webhooks.replay(webhook_id, sent.id, by=None)
    with pytest.raises(Conflict) as pending:
        await post.webhooks.replay(webhook_id, sent.id, by=None)
    await post.send()

    assert again["status"] == "pending"
    assert pending.value.code == "delivery_pending"
    assert [call.id for call in receiver.calls] == [sent.id, sent.id]


async def test_what_was_given_up_since_an_instant_is_sent_again(post: Post, receiver: Receiver):
    began = post.clock()
    webhook_id = await given_up(post, receiver)
    await post.happens("ticket.urged")
    await post.send()
    calls = len(receiver.calls)

    later = began + timedelta(seconds=1)
    assert await post.webhooks.replay_failed(webhook_id, later, by=None) == 0
    assert await post.webhooks.replay_failed(webhook_id, began, by=None) == 1
    await post.send()

    assert [call.content["type"] for call in receiver.calls[calls:]] == ["ticket.registered"]
    assert {one.status for one in await post.log(webhook_id)} == {"delivered"}


async def test_what_is_sent_again_has_all_its_tries_again(post: Post, receiver: Receiver):
    webhook_id = await given_up(post, receiver)
    [failed] = await post.log(webhook_id)
    receiver.answers(500)

    await post.webhooks.replay(webhook_id, failed.id, by=None)
    await post.send()
    [waiting] = await post.log(webhook_id)
    post.clock.forward(seconds=7)
    await post.send()

    assert (waiting.status, waiting.attempts) == ("pending", 1)
    assert [one.status for one in await post.log(webhook_id)] == ["delivered"]


async def test_a_webhook_that_is_off_is_switched_on_before_sending_again(
    post: Post, receiver: Receiver
):
    webhook_id = await given_up(post, receiver)
    [failed] = await post.log(webhook_id)
    await switch(post, receiver, webhook_id, False)

    for again in (
        post.webhooks.replay(webhook_id, failed.id, by=None),
        post.webhooks.replay_failed(webhook_id, post.clock(), by=None),
    ):
        with pytest.raises(Conflict) as refused:
            await again
        assert refused.value.code == "webhook_disabled"


async def test_a_test_is_not_sent_again(post: Post, receiver: Receiver):
    webhook_id = await post.add(receiver)
    test = await post.sender.try_out(webhook_id)
    with pytest.raises(Conflict) as refused:
        await post.webhooks.replay(webhook_id, test["id"], by=None)
    assert refused.value.code == "delivery_was_test"


async def test_the_log_is_read_newest_first_page_by_page_and_by_status(
    post: Post, receiver: Receiver
):
    webhook_id = await post.add(receiver)
    receiver.answers(200, 500)
    for _ in range(3):
        await post.happens("ticket.registered")
        await post.send()
    ids = [one.id for one in await post.log(webhook_id)][::-1]

    first = await post.webhooks.deliveries(webhook_id, limit=2)
    rest = await post.webhooks.deliveries(webhook_id, before=first[-1]["id"])
    waiting = await post.webhooks.deliveries(webhook_id, status="pending")

    assert [one["id"] for one in [*first, *rest]] == ids
    assert [one["id"] for one in waiting] == [ids[1]]
    assert [one["pending"] for one in await post.webhooks.all()] == [1]
    with pytest.raises(InvalidInput):
        await post.webhooks.deliveries(webhook_id, status="lost")


async def test_deleting_removes_the_log_too(post: Post, receiver: Receiver):
    webhook_id = await post.add(receiver)
    await post.happens("ticket.registered")
    await post.send()

    await post.webhooks.delete(webhook_id, by=None)

    assert await post.log(webhook_id) == []
    for gone in (
        post.webhooks.delete(webhook_id, by=None),
        post.webhooks.deliveries(webhook_id),
        post.webhooks.change_secret(webhook_id, by=None),
    ):
        with pytest.raises(NotFound):
            await gone


async def test_every_change_is_an_event_with_ids_only(post: Post, receiver: Receiver):
    webhook_id = await post.add(receiver)
    await switch(post, receiver, webhook_id, False)
    await post.webhooks.change_secret(webhook_id, by=None)
    await post.webhooks.delete(webhook_id, by=None)

    told = await post.events()
    assert [event.type for event in told] == [
        "webhook.added",
        "webhook.changed",
        "webhook.secret_changed",
        "webhook.deleted",
    ]
    assert {event.actor for event in told} == {"operator"}
    assert told[1].data == {"webhook_id": webhook_id, "enabled": False}
