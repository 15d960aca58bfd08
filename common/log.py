"""Logging: one readable line an event, ids only, never a customer's words or contact details."""

from __future__ import annotations

import logging
import sys


def configure(level: str) -> None:
    """Send every logger's lines of `level` and above to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)-7s %(name)s  %(message)s", "%H:%M:%S")
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Access lines would hold addresses of people; the metrics count requests instead.
    logging.getLogger("sanic.access").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
