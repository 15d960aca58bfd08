"""Troubles on purpose: on API calls (faults) and on callbacks (trouble)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

KINDS = {
    "errcode": "refused with `code`, not done",
    "busy": "-1, not done",
    "busy_done": "-1, though done",
    "http": "the HTTP status `code`, not done",
    "http_done": "the HTTP status `code`, though done",
    "hang": "no answer for `seconds`, not done",
    "hang_done": "no answer for `seconds`, though done",
    "drop": "connection cut, not done",
    "drop_done": "connection cut, though done",
    "garbage": "done, but the answer is no JSON",
    "slow": "done and answered, after `seconds`",
}


@dataclass
class Fault:
    """What goes wrong on calls whose path begins so: `times` times, or always when None."""

    kind: str
    path: str = "/cgi-bin/message/custom/send"
    times: int | None = 1
    rate: float = 1.0
    """How likely, of the calls it is for."""
    code: int = 0
    seconds: float = 60.0
    openid: str = ""
    """Only on calls about this customer; all when empty."""
    happened: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind}")

    @property
    def done(self) -> bool:
        """Whether the call takes effect all the same."""
        return self.kind.endswith("_done") or self.kind in ("garbage", "slow")


class Faults:
    """The faults now switched on."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.on: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Switch one on; its `happened` tells later how often it struck."""
        self.on.append(fault)
        return fault

    def clear(self) -> None:
        """Switch all off."""
        self.on.clear()

    def next(self, path: str, openid: str) -> Fault | None:
        """Return what strikes this call."""
        for fault in self.on:
            spent = fault.times is not None and fault.happened >= fault.times
            if spent or not path.startswith(fault.path) or fault.openid not in ("", openid):
                continue
            if self._random.random() < fault.rate:
                fault.happened += 1
                return fault
        return None


@dataclass
class Trouble:
    """How callbacks go wrong: each number is a likelihood, or seconds where it says so."""

    duplicated: float = 0.0
    """Delivered twice at the same time."""
    cut: float = 0.0
    """The product's answer to an attempt is lost, as if it had come too late."""
    lost: float = 0.0
    """An attempt never reaches the product."""
    held_seconds: float = 0.0
    """Held back for up to so long, so that later ones overtake."""
    seed: int = 1
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def strikes(self, likelihood: float) -> bool:
        """Throw the dice."""
        return likelihood > 0 and self.random.random() < likelihood
