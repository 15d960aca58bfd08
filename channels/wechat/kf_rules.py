"""What follows from WeChat customer service's own states and failures. Pure.

WeChat knows who has a customer: nobody yet, the assistant, WeCom's own people, or nobody any more.
Only in the first two may an API say something, so with us a conversation is the assistant's from
its first word to its close, also while one of our own people answers.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from channels.model import Delivery

NEW, BOT, POOL, HUMAN, ENDED = range(5)
"""`service_state` as WeChat numbers it."""
OPEN = (NEW, BOT)
QUIET = timedelta(minutes=1)
"""A session ends no sooner after the customer's last word: they may be adding something."""
TAKEN_BY_WECOM = 95018
"""What could not be brought because a person in WeCom's client has the customer."""
SEND_FAIL = 950_000
"""`msg_send_fail` has kinds and no codes: kind 4 is kept as problem 950004."""
_WAITS = (4, 5, 6)
"""Too late, the session ended, too many: the customer's next word opens the way again."""


def state_after_word(state: int | None) -> int:
    """Return where a customer stands after they wrote: what had ended begins anew."""
    return NEW if state in (None, ENDED) else int(state)


def next_state(state: int | None, *, is_open: bool) -> int | None:
    """Return the state to ask WeChat for, None when it is right; `is_open` is our conversation."""
    if state == NEW:
        return BOT
    return ENDED if state == BOT and not is_open else None


def fate_of(fail_type: int, part: str) -> tuple[Delivery, int]:
    """Return what becomes of a batch whose part did not arrive, and why.

    It is held only if nothing of it arrived: what comes again would come twice.
    """
    held = fail_type in _WAITS and part == "0"
    return Delivery.HELD if held else Delivery.FAILED, SEND_FAIL + fail_type


def may_greet(sent_at: datetime, now: datetime) -> bool:
    """Whether a welcome's code is still good."""
    return now - sent_at < timedelta(seconds=20)
