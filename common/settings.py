"""What an operator can change, read once at the start of a process.

Every setting is an environment variable `FRONTDOOR_<FIELD>`; `docs/settings.md` lists them with
unit and default, and a test compares that page with the fields below. A value that cannot be
understood stops the process with the variable's name.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from common.errors import SettingsError

PREFIX = "FRONTDOOR_"
SHORTEST_SECRET = 16
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """One operator's choices. Durations are `timedelta`; their variables carry the unit."""

    state_dir: Path
    database_url: str
    redis_url: str
    secret_key: str
    rasa_token: str
    rasa_url: str = "http://127.0.0.1:5005"
    actions_url: str = "http://127.0.0.1:5055"
    host: str = "127.0.0.1"
    port: int = 8000
    server_workers: int = 1
    public_origins: tuple[str, ...] = ()
    time_zone: str = "Asia/Shanghai"
    locale: str = "zh-CN"
    visitor_token_days: timedelta = timedelta(days=30)
    sign_in_hours: timedelta = timedelta(hours=12)
    bot_timeout_seconds: timedelta = timedelta(seconds=10)
    bot_give_up_seconds: timedelta = timedelta(seconds=30)
    presence_grace_seconds: timedelta = timedelta(seconds=60)
    agent_capacity: int = 8
    assignment: str = "offer"
    offer_seconds: timedelta = timedelta(seconds=30)
    missed_offers: int = 3
    agent_silent_seconds: timedelta = timedelta(minutes=5)
    wrap_up_seconds: timedelta = timedelta(seconds=10)
    hours: str = ""
    most_waiting: int = 0
    longest_wait_seconds: timedelta = timedelta(minutes=15)
    place_kept_minutes: timedelta = timedelta(minutes=10)
    bot_idle_hours: timedelta = timedelta(hours=24)
    customer_silent_minutes: timedelta = timedelta(minutes=30)
    phones_shown_to: tuple[str, ...] = ("supervisor",)
    warranty_months: int = 12
    embedder: str = "bundled"
    embedder_model: str = ""
    embedder_key: str = field(default="", repr=False)
    lexicon_file: Path | None = None
    misses_before_offer: int = 2
    misses_before_handoff: int = 3
    repeats_before_offer: int = 1
    repeats_before_handoff: int = 2
    repeat_window_minutes: timedelta = timedelta(minutes=10)
    invalid_before_offer: int = 3
    anger: str = "all"
    anger_before_handoff: int = 3
    anger_file: Path | None = None
    sensitive_file: Path | None = None
    wechat_file: Path | None = None
    webhook_log_days: timedelta = timedelta(days=30)
    events_kept_days: timedelta = timedelta(days=400)
    log_level: str = "INFO"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from `env` (the process's environment when None).

        Secrets that are not given are made once and kept in the state directory, readable by its
        owner only, so that all processes on one machine share them.

        Raises:
            SettingsError: a value is malformed; the message names the variable.
        """
        source = os.environ if env is None else env
        state_dir = Path(_text(source, "STATE_DIR", str(ROOT / "var"))).absolute()
        return cls(
            state_dir=state_dir,
            database_url=_url(
                source,
                "DATABASE_URL",
                f"sqlite+aiosqlite:///{state_dir / 'frontdoor.db'}",
                ("sqlite:", "sqlite+aiosqlite:", "postgres:", "postgresql:", "postgresql+asyncpg:"),
            ),
            redis_url=_url(source, "REDIS_URL", "", ("redis://", "rediss://", "unix://")),
            secret_key=_secret(source, "SECRET_KEY", state_dir),
            rasa_token=_secret(source, "RASA_TOKEN", state_dir),
            rasa_url=_url(source, "RASA_URL", cls.rasa_url, ("http://", "https://")),
            actions_url=_url(source, "ACTIONS_URL", cls.actions_url, ("http://", "https://")),
            host=_text(source, "HOST", cls.host),
            port=_whole(source, "PORT", cls.port, low=1, high=65535),
            server_workers=_whole(source, "SERVER_WORKERS", cls.server_workers, low=1, high=64),
            public_origins=_origins(source, "PUBLIC_ORIGINS"),
            time_zone=_zone(source, "TIME_ZONE", cls.time_zone),
            locale=_choice(source, "LOCALE", cls.locale, ("zh-CN", "en")),
            visitor_token_days=timedelta(
                days=_whole(source, "VISITOR_TOKEN_DAYS", 30, low=1, high=3650)
            ),
            sign_in_hours=timedelta(
                hours=_whole(source, "SIGN_IN_HOURS", 12, low=1, high=24 * 365)
            ),
            bot_timeout_seconds=_seconds(source, "BOT_TIMEOUT_SECONDS", cls.bot_timeout_seconds),
            bot_give_up_seconds=_seconds(source, "BOT_GIVE_UP_SECONDS", cls.bot_give_up_seconds),
            presence_grace_seconds=_seconds(
                source, "PRESENCE_GRACE_SECONDS", cls.presence_grace_seconds
            ),
            agent_capacity=_whole(source, "AGENT_CAPACITY", cls.agent_capacity, low=1),
            assignment=_choice(source, "ASSIGNMENT", cls.assignment, ("offer", "pick")),
            offer_seconds=_seconds(source, "OFFER_SECONDS", cls.offer_seconds),
            missed_offers=_whole(source, "MISSED_OFFERS", cls.missed_offers),
            agent_silent_seconds=_seconds(
                source, "AGENT_SILENT_SECONDS", cls.agent_silent_seconds, low=0
            ),
            wrap_up_seconds=_seconds(source, "WRAP_UP_SECONDS", cls.wrap_up_seconds, low=0),
            hours=_text(source, "HOURS", ""),
            most_waiting=_whole(source, "MOST_WAITING", cls.most_waiting),
            longest_wait_seconds=_seconds(
                source, "LONGEST_WAIT_SECONDS", cls.longest_wait_seconds, low=0
            ),
            place_kept_minutes=timedelta(
                minutes=_whole(source, "PLACE_KEPT_MINUTES", 10, low=1, high=24 * 60)
            ),
            bot_idle_hours=timedelta(hours=_whole(source, "BOT_IDLE_HOURS", 24, high=24 * 365)),
            customer_silent_minutes=timedelta(
                minutes=_whole(source, "CUSTOMER_SILENT_MINUTES", 30, high=24 * 60)
            ),
            phones_shown_to=_choices(
                source, "PHONES_SHOWN_TO", cls.phones_shown_to, ("agent", "supervisor")
            ),
            warranty_months=_whole(source, "WARRANTY_MONTHS", cls.warranty_months, low=1, high=240),
            embedder=_embedder(source, "EMBEDDER", cls.embedder),
            embedder_model=_text(source, "EMBEDDER_MODEL", ""),
            embedder_key=_given_secret(source, "EMBEDDER_KEY"),
            lexicon_file=_file(source, "LEXICON_FILE"),
            misses_before_offer=_times(source, "MISSES_BEFORE_OFFER", cls.misses_before_offer),
            misses_before_handoff=_times(
                source, "MISSES_BEFORE_HANDOFF", cls.misses_before_handoff
            ),
            repeats_before_offer=_times(source, "REPEATS_BEFORE_OFFER", cls.repeats_before_offer),
            repeats_before_handoff=_times(
                source, "REPEATS_BEFORE_HANDOFF", cls.repeats_before_handoff
            ),
            repeat_window_minutes=timedelta(
                minutes=_whole(source, "REPEAT_WINDOW_MINUTES", 10, low=1, high=24 * 60)
            ),
            invalid_before_offer=_times(source, "INVALID_BEFORE_OFFER", cls.invalid_before_offer),
            anger=_choice(source, "ANGER", cls.anger, ("off", "strong", "all")),
            anger_before_handoff=_times(source, "ANGER_BEFORE_HANDOFF", cls.anger_before_handoff),
            anger_file=_file(source, "ANGER_FILE"),
            sensitive_file=_file(source, "SENSITIVE_FILE"),
            wechat_file=_file(source, "WECHAT_FILE"),
            webhook_log_days=_days(source, "WEBHOOK_LOG_DAYS", cls.webhook_log_days),
            events_kept_days=_days(source, "EVENTS_KEPT_DAYS", cls.events_kept_days),
            log_level=_choice(
                source, "LOG_LEVEL", cls.log_level, ("DEBUG", "INFO", "WARNING", "ERROR")
            ),
        )

    @property
    def is_sqlite(self) -> bool:
        """Whether the one database file on this machine is used."""
        return self.database_url.startswith("sqlite")


def variable_names() -> list[str]:
    """Return the names of all variables, in the order of the fields."""
    return [PREFIX + field.name.upper() for field in fields(Settings)]


def _text(env: Mapping[str, str], name: str, default: str) -> str:
    return env.get(PREFIX + name, "").strip() or default


def _url(env: Mapping[str, str], name: str, default: str, schemes: tuple[str, ...]) -> str:
    text = _text(env, name, default).rstrip("/")
    if text and not text.startswith(schemes):
        raise SettingsError(f"{PREFIX}{name} must begin with one of {', '.join(schemes)}")
    return text


def _origins(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    found = tuple(part.strip().rstrip("/") for part in _text(env, name, "").split(",") if part)
    for origin in found:
        if not origin.startswith(("http://", "https://")):
            raise SettingsError(
                f"{PREFIX}{name}: {origin!r} is no origin; write it like https://www.example.com"
            )
    return found


def _whole(
    env: Mapping[str, str], name: str, default: int, *, low: int = 0, high: int = 10**9
) -> int:
    text = _text(env, name, str(default))
    try:
        number = int(text)
    except ValueError:
        raise SettingsError(f"{PREFIX}{name} is {text!r}, not a whole number") from None
    if not low <= number <= high:
        raise SettingsError(f"{PREFIX}{name} is {number}; it must be between {low} and {high}")
    return number


def _seconds(env: Mapping[str, str], name: str, default: timedelta, *, low: int = 1) -> timedelta:
    return timedelta(seconds=_whole(env, name, int(default.total_seconds()), low=low))


def _days(env: Mapping[str, str], name: str, default: timedelta) -> timedelta:
    return timedelta(days=_whole(env, name, default.days, low=1, high=36500))


def _times(env: Mapping[str, str], name: str, default: int) -> int:
    """Read how often something may happen; 0 is never."""
    return _whole(env, name, default, low=0, high=100)


def _choice(env: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    text = _text(env, name, default)
    if text not in allowed:
        raise SettingsError(f"{PREFIX}{name} is {text!r}; it must be one of {', '.join(allowed)}")
    return text


def _choices(
    env: Mapping[str, str], name: str, default: tuple[str, ...], allowed: tuple[str, ...]
) -> tuple[str, ...]:
    """Read words separated by commas; `none` is none of them."""
    text = _text(env, name, ",".join(default))
    words = tuple(word for part in text.split(",") if (word := part.strip()) not in ("", "none"))
    if unknown := [word for word in words if word not in allowed]:
        raise SettingsError(
            f"{PREFIX}{name}: {unknown[0]!r} must be one of {', '.join(allowed)}, or none"
        )
    return words


def _zone(env: Mapping[str, str], name: str, default: str) -> str:
    text = _text(env, name, default)
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(f"{PREFIX}{name} is {text!r}, not a known time zone") from None
    return text


def _embedder(env: Mapping[str, str], name: str, default: str) -> str:
    text = _text(env, name, default)
    if text not in ("bundled", "none") and not text.startswith(("http://", "https://")):
        raise SettingsError(f"{PREFIX}{name} must be bundled, none, or an endpoint's address")
    return text


def _file(env: Mapping[str, str], name: str) -> Path | None:
    text = _text(env, name, "")
    if text and not Path(text).is_file():
        raise SettingsError(f"{PREFIX}{name}: there is no file {text}")
    return Path(text) if text else None


def _given_secret(env: Mapping[str, str], name: str) -> str:
    """Read NAME, or the file NAME_FILE points to; empty when neither is given."""
    path = _text(env, f"{name}_FILE", "")
    if not path:
        return _text(env, name, "")
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise SettingsError(f"{PREFIX}{name}_FILE: cannot read {path}: {error}") from None


def _secret(env: Mapping[str, str], name: str, state_dir: Path) -> str:
    """Read NAME, or the file NAME_FILE points to, or the one kept in the state directory."""
    given = _given_secret(env, name)
    if given or _text(env, f"{name}_FILE", ""):
        secret = given
    else:
        secret = _kept_secret(state_dir / name.lower())
    if len(secret) < SHORTEST_SECRET:
        raise SettingsError(
            f"{PREFIX}{name} (or {PREFIX}{name}_FILE) needs at least {SHORTEST_SECRET} characters"
        )
    return secret


def _kept_secret(kept: Path) -> str:
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        # Written aside and linked into place: of two processes starting together one wins,
        # and nobody reads half a secret.
        draft = kept.with_name(f".{kept.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(32))
        try:
            os.link(draft, kept)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return kept.read_text().strip()
