"""Rules of webhooks: addresses, patterns, signatures, pauses, giving up."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from common.errors import InvalidInput
from tests.conftest import NOON
from webhooks import model
from webhooks.model import (
    BACK_OFF,
    GIVE_UP_AFTER,
    Delivery,
    DeliveryStatus,
    Disabled,
    Failure,
    Outcome,
    Webhook,
)
from webhooks.views import webhook_view

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WEBHOOK = Webhook("w1", "https://x.example", "", ("ticket.*",), SECRET, "0-0", NOON)
DELIVERY = Delivery("d1", "w1", 7, "ticket.registered", "{}", NOON, attempts=1, lease="l1")
SOON = timedelta(milliseconds=20)


def test_a_signature_is_the_one_the_specification_gives():
    # The known answer in the tests of the specification's own libraries.
    signed = model.sign(
        SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", '{"test": 2432232314}'
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_has_thirty_two_random_bytes():
    first, second = model.new_secret(), model.new_secret()
    assert first != second
    assert len(base64.b64decode(first.removeprefix("whsec_"), validate=True)) == 32


def test_after_a_change_both_secrets_sign_for_a_day():
    changed = model.with_new_secret(WEBHOOK, NOON)

    def signatures(later: timedelta) -> list[str]:
        return model.signed_headers(changed, DELIVERY, NOON + later)["webhook-signature"].split()

    at = str(int((NOON + timedelta(hours=23)).timestamp()))
    assert signatures(timedelta(hours=23)) == [
        model.sign(changed.secret, "d1", at, "{}"),
        model.sign(SECRET, "d1", at, "{}"),
    ]
    assert len(signatures(timedelta(hours=24))) == 1


def test_a_secret_is_neither_printed_nor_shown():
    changed = model.with_new_secret(WEBHOOK, NOON)
    for text in (repr(changed), json.dumps(webhook_view(changed))):
        assert SECRET not in text
        assert changed.secret not in text


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example/in?key=1",
        "http://10.0.0.5:8080/x",
        "http://localhost/",
        "http://[::1]:9000/x",
        " https://x.example ",
    ],
)
def test_any_web_address_will_do_also_a_private_one(url: str):
    assert model.checked_url(url) == url.strip()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://x.example",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//x.example",
        "https://",
        "http://:80/",
        "https://user:pw@x.example",
        "https://user@x.example",
        "https://@x.example",
        "https://x.example/#a",
        "https://x.example:99999",
        "https://x.example:port",
        "https://[::1",
        "https://x.example/a b",
        "https://x.example/a\nb",
        "https://x.example/\0",
        "https://x.example/" + "a" * 500,
    ],
)
def test_what_is_no_web_address_or_holds_a_password_is_refused(url: str):
    with pytest.raises(InvalidInput) as refused:
        model.checked_url(url)
    assert refused.value.code == "url_invalid"


def test_patterns_match_one_event_or_all_of_a_thing():
    patterns = model.checked_events(["ticket.registered", "conversation.*", "conversation.*"])
    assert patterns == ("ticket.registered", "conversation.*")
    assert model.wants(patterns, "ticket.registered")
    assert model.wants(patterns, "conversation.closed")
    assert not model.wants(patterns, "ticket.urged")
    assert not model.wants(patterns, "conversations.closed")


@pytest.mark.parametrize(
    "patterns",
    [
        [],
        ["*"],
        ["ticekt.*"],
        ["ticket"],
        ["ticket."],
        ["ticket.*.x"],
        ["Ticket.*"],
        ["webhook.*"],
        ["webhook.disabled"],
        [""],
        ["ticket." + "a" * 60],
        [f"ticket.a{'b' * n}" for n in range(51)],
    ],
)
def test_a_pattern_that_no_event_can_match_is_refused(patterns: list[str]):
    with pytest.raises(InvalidInput) as refused:
        model.checked_events(patterns)
    assert refused.value.code == "event_unknown"


def test_only_ids_codes_numbers_and_times_are_sent():
    data = {
        "number": "20260310-0001",
        "count": 2,
        "ratio": 0.5,
        "yes": True,
        "none": None,
        "until": "2026-03-10T04:00:30.000Z",
        "ids": ["a1", "b2"],
        "words": "光猫红灯",
        "sentence": "the lamp is red",
        "mail": "someone@x.example",
        "more": ["a1", "两个字"],
        "deep": {"name": "x"},
        "long": "a" * 81,
    }
    kept = model.only_codes(data)
    assert list(kept) == ["number", "count", "ratio", "yes", "none", "until", "ids"]

    body = json.loads(
        model.body_of("d1", "ticket.urged", NOON, conversation_id="c1", actor="bot", data=data)
    )
    assert body == {
        "id": "d1",
        "type": "ticket.urged",
        "at": "2026-03-10T04:00:00.000Z",
        "conversation_id": "c1",
        "actor": "bot",
        "data": kept,
    }


def test_pauses_grow_from_seconds_to_half_a_day_and_end():
    middle = [model.back_off(attempts, 0.5) for attempts in range(1, 10)]
    assert middle == [*BACK_OFF, None]
    assert timedelta(hours=22) < sum(BACK_OFF, timedelta(0)) < timedelta(hours=23)


@pytest.mark.parametrize(("chance", "part"), [(0.0, 0.8), (1.0, 1.2)])
def test_a_pause_varies_by_a_fifth(chance: float, part: float):
    assert model.back_off(1, chance) == BACK_OFF[0] * part


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (Outcome(SOON, 200), None),
        (Outcome(SOON, 204), None),
        (Outcome(SOON, 200, unanswered=Failure.TIMEOUT), None),
        (Outcome(SOON, 302), Failure.REDIRECTED),
        (Outcome(SOON, 404), Failure.REFUSED),
        (Outcome(SOON, 500), Failure.REFUSED),
        (Outcome(SOON, unanswered=Failure.TIMEOUT), Failure.TIMEOUT),
        (Outcome(SOON), Failure.UNREACHABLE),
    ],
)
def test_only_an_answer_in_the_two_hundreds_is_success(outcome: Outcome, error: Failure | None):
    assert outcome.error is error


def test_a_failed_delivery_waits_then_is_given_up():
    failed = Outcome(SOON, 500, "oops")
    waiting = model.judged(DELIVERY, failed, NOON, 0.5)
    assert (waiting.status, waiting.next_at) == (DeliveryStatus.PENDING, NOON + BACK_OFF[0])
    assert (waiting.response_status, waiting.response_body, waiting.took_ms) == (500, "oops", 20)
    assert waiting.lease is None

    last = model.judged(replace(DELIVERY, attempts=9), failed, NOON, 0.5)
    assert (last.status, last.next_at) == (DeliveryStatus.FAILED, None)


def test_a_test_is_tried_once():
    test = replace(DELIVERY, event_id=None)
    assert model.judged(test, Outcome(SOON, 500), NOON, 0.5).status is DeliveryStatus.FAILED


def test_a_webhook_nothing_reaches_for_days_is_switched_off():
    failed = Outcome(SOON, 500)
    failing = model.after_attempt(WEBHOOK, failed, NOON)
    assert (failing.failing_since, failing.enabled) == (NOON, True)

    almost = model.after_attempt(failing, failed, NOON + GIVE_UP_AFTER - SOON)
    assert almost == failing
    over = model.after_attempt(failing, failed, NOON + GIVE_UP_AFTER)
    assert over.disabled_because is Disabled.FAILING


def test_one_success_forgets_the_failures():
    failing = replace(WEBHOOK, failing_since=NOON - timedelta(days=4))
    assert model.after_attempt(failing, Outcome(SOON, 200), NOON) == WEBHOOK


def test_a_receiver_that_says_it_is_gone_is_switched_off_at_once():
    gone = model.after_attempt(WEBHOOK, Outcome(SOON, 410), NOON)
    assert gone.disabled_because is Disabled.GONE
