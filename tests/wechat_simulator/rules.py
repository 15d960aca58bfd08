"""WeChat's numbers. A test changes what it is about; the rest stay as published."""

from __future__ import annotations

from dataclasses import dataclass, field

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Grant:
    """How much a customer's act lets the account send: None is as much as it likes."""

    messages: int | None
    seconds: float


def _grants() -> dict[str, Grant]:
    return {
        "message": Grant(5, 48 * HOUR),
        "menu": Grant(3, MINUTE),
        "subscribe": Grant(3, MINUTE),
        "scan": Grant(3, MINUTE),
        "enter": Grant(2, MINUTE),
        "pay": Grant(None, 48 * HOUR),
    }


def _daily() -> dict[str, int]:
    return {
        "/cgi-bin/token": 2_000,
        "/cgi-bin/stable_token": 500_000,
        "/cgi-bin/message/custom/send": 500_000,
        "/cgi-bin/media/upload": 100_000,
        "/cgi-bin/media/get": 200_000,
        "/cgi-bin/message/template/send": 100_000,
        "/cgi-bin/user/info": 5_000_000,
    }


@dataclass
class Rules:
    """Times are in seconds, sizes in bytes."""

    # Callbacks
    answer_within: float = 5.0
    verify_within: float = 5.0
    kf_verify_within: float = 1.0
    deliveries: int = 3
    """In all; “总共重试三次” may also mean 4."""
    retry_on_status: bool = True
    """Whether an answer that is not 200 is sent again; not documented for official accounts."""
    same_envelope: bool = False
    """Whether a retry carries the same timestamp, nonce and cipher text; not documented."""
    unusable_answer_shown: str = "该公众号暂时无法提供服务，请稍后再试"

    # What an account may send, and when
    grants: dict[str, Grant] = field(default_factory=_grants)
    menu_message_tap: str = "menu"
    """Which grant a tap on a menu message gives; some report `message`."""
    lag: float = 0.0
    """How long after a customer's act the grant is not yet known to custom/send."""
    text_bytes: int = 2_048
    articles: int = 1
    typing_after: float = 30.0
    typing_lasts: float = 15.0
    latency: float = 0.0
    """How long an API call takes; above 0, sends to one customer that overlap are seen."""

    # Tokens
    token_lives: float = 7_200.0
    token_overlap: float = 300.0
    force_per_day: int = 20
    force_apart: float = 30.0

    # Calls: a day (Beijing's) and a minute, by path
    daily: dict[str, int] = field(default_factory=_daily)
    per_minute: dict[str, int] = field(default_factory=lambda: {"/cgi-bin/stable_token": 10_000})
    clear_per_month: int = 10

    # Media
    media_lives: float = 3 * DAY
    media_bytes: dict[str, int] = field(
        default_factory=lambda: {
            "image": 10 << 20,
            "voice": 2 << 20,
            "video": 10 << 20,
            "thumb": 64 << 10,
        }
    )

    # Notices
    template_once: float = 10 * MINUTE
    """For how long a client_msg_id is remembered."""
    template_same: float = MINUTE
    """For how long the same template message to one customer is refused."""

    # Tencent's own desk
    desk_idle: float = 30 * MINUTE

    # 微信客服
    kf_token_lives: float = 10 * MINUTE
    kf_history: float = 3 * DAY
    kf_page: int = 1_000
    kf_servicers_code: float = 48 * HOUR
    kf_short_code: float = 20.0
