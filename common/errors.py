"""Every error this product raises on purpose.

FrontDoorError             500
├── InvalidInput           422  the caller sent something we cannot accept
├── Unauthenticated        401  we do not know who is calling
├── Forbidden              403  we know who is calling, and they may not
├── NotFound               404  the thing named does not exist
├── Conflict               409  the thing exists, but not in a state that allows this
├── TooLarge               413  more bytes than we take
├── TooMany                429  more at once than we take; later it will do
├── UpstreamError          502  Rasa, WeChat or another service failed us
└── Unavailable            503  the database cannot be reached; later it will do

`SettingsError` is apart: it stops a process at its start and never reaches a caller.
"""

from __future__ import annotations


class FrontDoorError(Exception):
    """Base class. `code` is stable and for programs; the message is for people."""

    code = "internal_error"
    status = 500

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class InvalidInput(FrontDoorError):
    """The caller sent something we cannot accept; sending it again cannot help."""

    code = "invalid_input"
    status = 422


class Unauthenticated(FrontDoorError):
    """No credentials, or credentials that are wrong or too old."""

    code = "unauthenticated"
    status = 401


class Forbidden(FrontDoorError):
    """The caller is known and may not do this."""

    code = "forbidden"
    status = 403


class NotFound(FrontDoorError):
    """The thing named does not exist."""

    code = "not_found"
    status = 404


class Conflict(FrontDoorError):
    """The thing exists, but not in a state that allows what was asked."""

    code = "conflict"
    status = 409


class TooLarge(FrontDoorError):
    """The request is larger than we take."""

    code = "too_large"
    status = 413


class TooMany(FrontDoorError):
    """More at once than we take; the same will do later."""

    code = "too_many"
    status = 429


class UpstreamError(FrontDoorError):
    """A service we depend on failed.

    `permanent` means a retry cannot help: a revoked token, an unknown user.
    """

    code = "upstream_error"
    status = 502

    def __init__(self, message: str, *, code: str | None = None, permanent: bool = False) -> None:
        super().__init__(message, code=code)
        self.permanent = permanent


class Unavailable(FrontDoorError):
    """We cannot work just now: the database is away. The same will do a moment later."""

    code = "database_away"
    status = 503
    quiet = True
    """Read by Sanic: no traceback. Whoever meets it says so in a line."""

    def __init__(self) -> None:
        super().__init__("服务正在恢复，请稍后再试。")


class SettingsError(Exception):
    """A setting is missing or malformed; the message names it and says what to do."""
