"""How a call to WeChat fails, by what may be done then. Pure.

UpstreamError
├── NotSent      it never reached WeChat: sending again is safe
├── Unanswered   it may have been taken: sending again could show it twice
└── Refused      WeChat said no, with a code (`channels.wechat.errcodes`)
"""

from __future__ import annotations

from channels.wechat.errcodes import Remedy, look_up
from channels.wechat.kinds import AccountKind
from common.errors import UpstreamError


class NotSent(UpstreamError):
    """The request never reached WeChat."""

    code = "wechat_unreachable"


class Unanswered(UpstreamError):
    """The request may have been taken; what WeChat said of it was not heard or not readable."""

    code = "wechat_unanswered"


class Refused(UpstreamError):
    """WeChat refused the request with an error code."""

    code = "wechat_refused"

    def __init__(self, errcode: int, kind: AccountKind = AccountKind.SERVICE) -> None:
        super().__init__(f"WeChat refused it: {errcode}", permanent=True)
        self.errcode = errcode
        self.kind = kind

    @property
    def remedy(self) -> Remedy:
        """What is done about it."""
        return look_up(self.errcode, self.kind).remedy
