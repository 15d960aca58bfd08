"""Events reach receivers at least once, whatever happens on the way."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest
import sqlalchemy as sa

from common import events
from common.errors import NotFound
from tests.conftest import NOON
from tests.webhooks.conftest import Post, Receiver, build_post, until
from webhooks import model, store
from webhooks.model import DeliveryStatus, Disabled, Failure
from webhooks.outbox import LEASE, Outbox

PENDING, DELIVERED, FAILED = DeliveryStatus


async def test_an_event_arrives_signed_and_with_ids_only(post: Post, receiver: Receiver):
    made, secret = await post.webhooks.add(receiver.url, ["ticket.*"], by=None)
    await post.happens("ticket.registered", number="20260310-0001", place="幸福路 3 号")

    await post.send()

    [call] = receiver.calls
    assert call.content["type"] == "ticket.registered"
    assert call.content["conversation_id"] == "c1"
    assert call.content["data"] == {"number": "20260310-0001"}
    assert call.content["id"] == call.id
    sent_at = call.headers["webhook-timestamp"]
    assert sent_at == str(int(NOON.timestamp()))
    assert call.headers["webhook-signature"] == model.sign(
        secret, call.id, sent_at, call.body.decode()
    )
    assert call.headers["content-type"] == "application/json"
    [delivery] = await post.log(made["id"])
    assert (delivery.status, delivery.attempts) == (DELIVERED, 1)
    assert (delivery.response_status, delivery.response_body) == (200, "ok")


async def test_only_events_that_match_and_come_after_are_sent(post: Post, receiver: Receiver):
    await post.happens("ticket.registered")
    await post.add(receiver, "ticket.*", "conversation.closed")
    await post.happens("ticket.urged", "conversation.opened", "conversation.closed")

    await post.send()

    assert [call.content["type"] for call in receiver.calls] == [
        "ticket.urged",
        "conversation.closed",
    ]


async def test_a_failure_is_tried_again_later_with_the_same_id_and_body(
    post: Post, receiver: Receiver
):
    webhook_id = await post.add(receiver)
    receiver.answers(500, 503)
    await post.happens("ticket.registered")

    await post.send()
    await post.send()
    assert len(receiver.calls) == 1
    post.clock.forward(seconds=6.1)
    await post.send()
    post.clock.forward(seconds=37)
    await post.send()

    assert len(receiver.calls) == 3
    assert len({(call.id, call.body) for call in receiver.calls}) == 1
    assert len({call.headers["webhook-timestamp"] for call in receiver.calls}) == 3
    [delivery] = await post.log(webhook_id)
    assert (delivery.status, delivery.attempts) == (DELIVERED, 3)
    assert (await post.webhook(webhook_id)).failing_since is None


async def test_after_the_last_pause_it_is_given_up(post: Post, receiver: Receiver):
    webhook_id = await post.add(receiver)
    receiver.answers(*[500] * 20)
    await post.happens("ticket.registered")

    for _ in range(12):
        await post.send()
        post.clock.forward(hours=14.5)

    assert len(receiver.calls) == 9
    [delivery] = await post.log(webhook_id)
    assert (delivery.status, delivery.error) == (FAILED, Failure.REFUSED)


async def test_a_receiver_that_does_not_answer_is_left_after_the_time_limit(
    post: Post, receiver: Receiver
):
    post.sender._time_out = timedelta(milliseconds=300)
    webhook_id = await post.add(receiver)
    receiver.script = [b""]
    await post.happens("ticket.registered")

    async with asyncio.timeout(20):
        await post.send()

    [delivery] = await post.log(webhook_id)
    assert (delivery.status, delivery.error) == (PENDING, Failure.TIMEOUT)
    assert delivery.response_status is None


async def test_nobody_there_is_a_failure_like_any_other(post: Post, receiver: Receiver):
    webhook_id = await post.add(Receiver("http://127.0.0.1:1/"))
    await post.happens("ticket.registered")

    await post.send()

    [delivery] = await post.log(webhook_id)
    assert (delivery.status, delivery.error) == (PENDING, Failure.UNREACHABLE)


async def test_a_redirect_is_not_followed(post: Post, receiver: Receiver, other_receiver: Receiver):
    webhook_id = await post.add(receiver)
    receiver.script = [
        f"HTTP/1.1 307 X\r\nlocation: {other_receiver.url}\r\ncontent-length: 0\r\n\r\n".encode()
    ]
    await post.happens("ticket.registered")

    await post.send()

    assert other_receiver.calls == []
    [delivery] = await post.log(webhook_id)
    assert (delivery.error, delivery.response_status) == (Failure.REDIRECTED, 307)


async def test_of_a_long_answer_the_first_kilobyte_is_kept(post: Post, receiver: Receiver):
    webhook_id = await post.add(receiver)
    receiver.script = [b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n\0" + b"x" * 3000]
    await post.happens("ticket.registered")

    await post.send()

    [delivery] = await post.log(webhook_id)
    assert delivery.status is DELIVERED
    assert delivery.response_body == "x" * 1023


async def test_an_answer_whose_words_never_end_is_still_an_answer(post: Post, receiver: Receiver):
    post.sender._time_out = timedelta(milliseconds=300)
    webhook_id = await post.add(receiver)
    receiver.script = [b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\nthanks"]
    await post.happens("ticket.registered")

    async with asyncio.timeout(20):
        await post.send()

    [delivery] = await post.log(webhook_id)
    assert (delivery.status, delivery.response_body) == (DELIVERED, "thanks")


async def test_a_slow_receiver_holds_up_nobody_else(
    post: Post, receiver: Receiver, other_receiver: Receiver
):
    slow, quick = await post.add(receiver), await post.add(other_receiver)
    receiver.held = asyncio.Event()
    await post.happens(*["ticket.registered"] * 30)

    await post.sender.run()

    async def quick_is_done() -> bool:
        return {one.status for one in await post.log(quick)} == {DELIVERED}

    await until(quick_is_done)
    assert len(other_receiver.calls) == 30
    assert DELIVERED not in {one.status for one in await post.log(slow)}
    receiver.held.set()
    await post.sender.idle()


async def test_a_crash_after_sending_sends_again_with_the_same_id(
    post: Post, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    webhook_id = await post.add(receiver)
    await post.happens("ticket.registered")

    async def die(*_: object) -> None:
        raise SystemError("the process ends here")

    monkeypatch.setattr(post.outbox, "save", die)
    await post.send()
    monkeypatch.undo()
    assert [one.status for one in await post.log(webhook_id)] == [PENDING]

    await post.send()
    assert len(receiver.calls) == 1  # still leased
    post.clock.forward(seconds=LEASE.total_seconds())
    await post.send()

    assert len(receiver.calls) == 2
    assert receiver.calls[0].id == receiver.calls[1].id
    [delivery] = await post.log(webhook_id)
    assert (delivery.status, delivery.attempts) == (DELIVERED, 2)


async def test_a_crash_while_queueing_neither_loses_nor_doubles(
    post: Post, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    webhook_id = await post.add(receiver)
    await post.happens("ticket.registered", "ticket.urged")

    async def die(*_: object) -> None:
        raise SystemError("the process ends here")

    monkeypatch.setattr(store, "save_webhook", die)
    with pytest.raises(SystemError):
        await post.outbox.queue_new()
    monkeypatch.undo()
    assert await post.log(webhook_id) == []

    assert await post.outbox.queue_new() == 2
    assert await post.outbox.queue_new() == 0
    assert len(await post.log(webhook_id)) == 2


async def test_who_comes_after_the_lease_writes_nothing(post: Post, receiver: Receiver):
    webhook_id = await post.add(receiver)
    await post.happens("ticket.registered")
    await post.outbox.queue_new()
    taken = await post.outbox.take(webhook_id, 8)
    assert taken is not None
    post.clock.forward(seconds=LEASE.total_seconds())
    again = await post.outbox.take(webhook_id, 8)
    assert again is not None

    await post.outbox.save(again[1][0], model.Outcome(timedelta(0), 200))
    await post.outbox.save(taken[1][0], model.Outcome(timedelta(0), 500))

    [delivery] = await post.log(webhook_id)
    assert (delivery.status, delivery.response_status) == (DELIVERED, 200)
    assert (await post.webhook(webhook_id)).failing_since is None


async def test_many_events_are_all_queued_in_one_round(post: Post, receiver: Receiver):
    webhook_id = await post.add(receiver)
    await post.happens(*["ticket.urged"] * 1203)

    assert await post.outbox.queue_new() == 1203
    async with post.db.connect() as conn:
        table = store.webhook_deliveries
        query = sa.select(sa.func.count(sa.distinct(table.c.event_id)))
        assert (await conn.execute(query.where(table.c.webhook_id == webhook_id))).scalar() == 1203


async def test_nothing_but_failure_for_five_days_switches_it_off(
    post: Post, receiver: Receiver, caplog: pytest.LogCaptureFixture
):
    webhook_id = await post.add(receiver)
    receiver.answers(*[500] * 200)
    for _ in range(7):
        await post.happens("ticket.registered")
        await post.send()
        post.clock.forward(days=1)

    assert (await post.webhook(webhook_id)).disabled_because is Disabled.FAILING
    [told] = [event for event in await post.events() if event.type == "webhook.disabled"]
    assert told.data == {"webhook_id": webhook_id, "because": "failing"}
    assert f"webhook {webhook_id} is switched off" in caplog.text

    calls = len(receiver.calls)
    post.clock.forward(days=1)
    await post.send()
    assert len(receiver.calls) == calls


async def test_a_receiver_that_is_gone_is_not_called_again(post: Post, receiver: Receiver):
    webhook_id = await post.add(receiver)
    receiver.answers(410)
    await post.happens("ticket.registered")
    await post.send()
    post.clock.forward(days=1)
    await post.happens("ticket.registered")
    await post.send()

    assert len(receiver.calls) == 1
    assert (await post.webhook(webhook_id)).disabled_because is Disabled.GONE


async def test_a_test_is_sent_at_once_also_when_switched_off_and_changes_nothing(
    post: Post, receiver: Receiver
):
    webhook_id = await post.add(receiver)
    await post.webhooks.change(webhook_id, receiver.url, ["ticket.*"], "", enabled=False, by=None)
    receiver.answers(410)

    refused = await post.sender.try_out(webhook_id)
    sent = await post.sender.try_out(webhook_id)

    assert (refused["status"], refused["response_status"]) == ("failed", 410)
    assert (sent["status"], sent["type"]) == ("delivered", "webhook.test")
    assert receiver.calls[1].content["data"] == {"webhook_id": webhook_id}
    webhook = await post.webhook(webhook_id)
    assert (webhook.disabled_because, webhook.failing_since) == (Disabled.BY_HAND, None)
    with pytest.raises(NotFound):
        await post.sender.try_out("nobody")


async def test_a_webhook_deleted_while_it_is_sent_to_ends_quietly(post: Post, receiver: Receiver):
    webhook_id = await post.add(receiver)
    receiver.held = asyncio.Event()
    await post.happens("ticket.registered")
    await post.sender.run()

    async def it_is_on_its_way() -> bool:
        return bool(receiver.calls)

    await until(it_is_on_its_way)
    await post.webhooks.delete(webhook_id, by=None)
    receiver.held.set()
    await post.sender.idle()

    assert await post.webhooks.all() == []


async def test_neither_secret_nor_address_is_in_log_or_events(
    post: Post, receiver: Receiver, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG, "webhooks")
    made, secret = await post.webhooks.add(receiver.url, ["ticket.*"], by=None)
    _, second = await post.webhooks.change_secret(made["id"], by=None)
    receiver.answers(500)
    await post.happens("ticket.registered")
    await post.send()

    assert made["id"] in caplog.text
    written = caplog.text + str(await post.events()) + str(await post.webhooks.all())
    for hidden in (secret, second):
        assert hidden not in written
    assert "key=abc" not in caplog.text + str(await post.events())


async def test_two_workers_queue_and_send_every_event_once(postgres, receiver: Receiver):
    first = build_post(postgres)
    others = [build_post(postgres, first.clock) for _ in range(3)]
    webhook_id = await first.add(receiver)
    posts = [first, *others]
    for _ in range(4):
        await first.happens(*["ticket.registered"] * 50)
        await asyncio.gather(*(post.sender.run() for post in posts))
    # While deliveries are on their way their webhook is held now and then, and passed over.
    await asyncio.gather(*(post.send() for post in posts))
    await first.settled()
    await asyncio.gather(*(post.send() for post in posts))

    log = await first.log(webhook_id)
    assert len(log) == 200
    assert {one.status for one in log} == {DELIVERED}
    assert {one.attempts for one in log} == {1}
    assert len(receiver.calls) == len({call.id for call in receiver.calls}) == 200
    await asyncio.gather(*(post.sender.stop(0) for post in posts))


async def test_a_transaction_that_commits_late_is_sent_too(postgres, receiver: Receiver):
    post = build_post(postgres)
    webhook_id = await post.add(receiver)
    async with postgres.begin() as slow:
        await events.append(slow, "ticket.registered", actor="bot")
        async with postgres.begin() as quick:
            await events.append(quick, "ticket.urged", actor="bot")
        assert await post.outbox.queue_new() == 0
    await post.settled()

    assert await post.outbox.queue_new() == 2
    assert [one.type for one in await post.log(webhook_id)] == ["ticket.registered", "ticket.urged"]


async def test_old_lines_of_the_log_go_and_what_is_on_its_way_stays(post: Post, receiver: Receiver):
    webhook_id = await post.add(receiver)
    receiver.answers(200, 500)
    await post.happens("ticket.registered")
    await post.send()
    await post.happens("ticket.urged")
    await post.send()
    post.clock.forward(days=31)
    await post.happens("ticket.closed")
    await post.outbox.queue_new()

    assert await post.outbox.prune(timedelta(days=30)) == 1
    assert [one.type for one in await post.log(webhook_id)] == ["ticket.urged", "ticket.closed"]


async def test_a_long_log_is_removed_bit_by_bit(
    post: Post, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("webhooks.outbox.PRUNED_AT_ONCE", 3)
    webhook_id = await post.add(receiver)
    await post.happens(*["ticket.registered"] * 7)
    await post.send()
    post.clock.forward(days=31)

    assert await Outbox(post.db, now=post.clock).prune(timedelta(days=30)) == 7
    assert await post.log(webhook_id) == []
