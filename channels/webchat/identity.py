"""Who a web-chat customer is: a signed token that carries their contact id."""

from __future__ import annotations

from datetime import datetime, timedelta

from itsdangerous import BadData, BadTimeSignature, SignatureExpired, URLSafeTimedSerializer

from common.errors import Unauthenticated

SALT = "frontdoor.webchat.visitor"


class Visitors:
    """Signs visitor tokens and reads them back."""

    def __init__(self, secret_key: str, lasts: timedelta) -> None:
        self._serializer = URLSafeTimedSerializer(secret_key, salt=SALT)
        self._lasts = lasts

    def sign(self, contact_id: str, now: datetime) -> tuple[str, datetime]:
        """Return a token for the contact, and when it expires."""
        return self._serializer.dumps(contact_id), now + self._lasts

    def contact_of(self, token: str | None) -> str:
        """Return the contact id in a token.

        Raises:
            Unauthenticated: none given (`visitor_token_missing`), forged or garbled
                (`visitor_token_invalid`), or too old (`visitor_token_expired`).
        """
        if not token:
            raise Unauthenticated("缺少访客凭证，请刷新页面。", code="visitor_token_missing")
        try:
            contact_id = self._serializer.loads(token, max_age=int(self._lasts.total_seconds()))
        except SignatureExpired:
            raise Unauthenticated(
                "访客凭证已过期，请刷新页面。", code="visitor_token_expired"
            ) from None
        except (BadTimeSignature, BadData):
            raise Unauthenticated(
                "访客凭证无效，请刷新页面。", code="visitor_token_invalid"
            ) from None
        if not isinstance(contact_id, str):
            raise Unauthenticated("访客凭证无效，请刷新页面。", code="visitor_token_invalid")
        return contact_id
