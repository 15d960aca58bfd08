"""The kinds of WeChat accounts. Pure."""

from __future__ import annotations

from enum import StrEnum


class AccountKind(StrEnum):
    """What an account is; `channels.wechat.dialects` has what follows from it."""

    SERVICE = "service"
    """服务号, an official account."""
    MINIPROGRAM = "miniprogram"
    """小程序, with its customer-service messages."""
    KF = "kf"
    """微信客服, WeChat customer service of a company (WeCom)."""
