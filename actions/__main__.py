"""The actions server: `python -m actions`. Only Rasa, on this machine, may speak to it."""

from __future__ import annotations

import logging
import sys
import warnings
from urllib.parse import urlsplit

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor

from actions.anger import AngerWords
from common import log
from common.errors import SettingsError
from common.settings import Settings


def main() -> int:
    """Serve the actions until stopped; returns the exit code."""
    try:
        settings = Settings.from_env()
        AngerWords.load(settings.anger_file)  # what is wrong with it is said now
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    log.configure(settings.log_level)
    # It would say of each action that it exists, and at each call that Rasa's own number differs.
    logging.getLogger("rasa_sdk.executor").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module="rasa_sdk")
    executor = ActionExecutor()
    executor.register_package("actions")
    address = urlsplit(settings.actions_url)
    app = create_app(executor, cors_origins=[])
    app.config.MOTD = False
    app.config.ACCESS_LOG = False
    app.run(
        host=address.hostname or "127.0.0.1",
        port=address.port or 80,
        single_process=True,
        motd=False,
        access_log=False,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
