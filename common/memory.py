"""How often Python looks for what nobody needs any more."""

from __future__ import annotations

import gc

# A process that serves makes many short-lived objects and few cycles.
RARELY = (20_000, 20, 50)


def freeze() -> None:
    """Keep what is there by now out of every later look, and look more rarely.

    Looking through the articles and thousands of sockets again and again would hold up everybody.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)
