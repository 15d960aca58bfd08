"""The command line inside the test's own process: starting one for each command takes seconds."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from server.cli import entry


class Done(NamedTuple):
    """What a command ended with and printed."""

    code: int
    out: str
    err: str


def frontdoor(state_dir: Path, *words: str) -> Done:
    """Run `frontdoor` with these words. Needs a thread without a running event loop."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with (
        mock.patch.dict(os.environ, {"FRONTDOOR_STATE_DIR": str(state_dir)}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            entry(words)
        except SystemExit as ended:
            code = ended.code
    if isinstance(code, str):  # Python itself prints such a reason and ends with 1
        err.write(f"{code}\n")
        code = 1
    return Done(int(code or 0), out.getvalue(), err.getvalue())
