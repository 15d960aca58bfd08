"""Rasa's command line, quieter: `python -m bot run …` is `rasa run …`.

Rasa 3.6 stands on libraries of 2021. Importing some of them switches deprecation warnings on for
the whole process, and they would bury the lines an operator needs. Telemetry stays off.
"""

import os
import warnings

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")

# These two switch the warnings on when imported; off again in the line after them.
import pyparsing  # noqa: E402, F401
import sanic  # noqa: E402, F401

warnings.filterwarnings("ignore", category=DeprecationWarning)

from rasa.__main__ import main  # noqa: E402

if __name__ == "__main__":
    main()
