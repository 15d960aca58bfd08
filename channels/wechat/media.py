"""Pictures, voices, videos and files that customers send: fetched at once, checked, kept in var/.

WeChat keeps a file for three days. What comes is stored under our own name, with a type told by its
first bytes, not by what anybody says of it.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from channels.wechat import media_store
from channels.wechat.access import Access
from channels.wechat.accounts import Account
from channels.wechat.client import read_answer, read_up_to
from channels.wechat.errcodes import Remedy
from channels.wechat.failures import NotSent, Refused, Unanswered
from channels.wechat.media_store import Media, MediaStatus
from common.errors import Conflict, NotFound

logger = logging.getLogger(__name__)

LARGEST = 20 * 1024 * 1024
AT_ONCE = 4
CLAIM = timedelta(minutes=2)
FIRST_PAUSE = timedelta(seconds=5)
WECHAT_KEEPS = timedelta(days=3)
HOSTS = (".qq.com", ".qpic.cn")
"""Whose files a video's address may point to."""
_TYPES = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"Speex", "audio/speex"),
    (4, b"ftyp", "video/mp4"),
)
_BEGINS = {"image": "image/", "voice": "audio/", "video": "video/", "file": ""}


class MediaFetcher:
    """Fetches what customers sent, and gives it to whoever may see it."""

    def __init__(self, access: Access, folder: Path) -> None:
        self._access = access
        self._db = access.db
        self._accounts = access.accounts
        self._folder = folder
        self._now = access.now

    async def run(self) -> int:
        """Fetch what is due; returns how many files were stored."""
        now = self._now()
        async with self._db.begin() as conn:
            due = await media_store.claim_due(conn, now, now + CLAIM, AT_ONCE)
        return sum(await asyncio.gather(*(self._fetch_one(one) for one in due)))

    async def open(self, id: str) -> tuple[Path, str]:
        """Return where a file is and its type.

        Raises:
            NotFound: no such file (`attachment_unknown`).
            Conflict: it is still on its way (`attachment_on_its_way`), or could not be had
                (`attachment_lost`).
        """
        found = await self.look_up(id)
        if found.status is MediaStatus.WAITING:
            raise Conflict("附件还在下载，请稍等几秒再看。", code="attachment_on_its_way")
        if found.status is MediaStatus.FAILED:
            raise Conflict("附件没能从微信取到，请让客户再发一次。", code="attachment_lost")
        path = self._folder / found.id
        if not path.is_file():
            raise NotFound("附件不在这台机器上。", code="attachment_unknown")
        return path, found.content_type or "application/octet-stream"

    async def look_up(self, id: str) -> Media:
        """Return what is known of a file: whether it is here yet, and its type.

        Raises:
            NotFound: no such file (`attachment_unknown`).
        """
        async with self._db.connect() as conn:
            return await media_store.get_media(conn, id)

    async def _fetch_one(self, media: Media) -> bool:
        problem, again = "", False
        content = b""
        try:
            content = await self._fetch(media)
        except Refused as error:
            problem = str(error.errcode)
            again = error.remedy in (Remedy.LATER, Remedy.NEXT_DAY, Remedy.STOP, Remedy.NEW_TOKEN)
        except (NotSent, Unanswered) as error:
            problem, again = error.code, True
        content_type = type_of(content)
        if not problem and not content_type.startswith(_BEGINS[media.kind]):
            problem = "not_what_it_says"
        now = self._now()
        if again and now - media.created_at < WECHAT_KEEPS:
            next_at = now + FIRST_PAUSE * 2 ** min(media.tries, 10)
            await self._save(media, problem=problem, next_at=next_at)
        elif problem:
            logger.warning("cannot have a customer's %s: %s", media.kind, problem)
            await self._save(media, status=MediaStatus.FAILED.value, problem=problem)
        else:
            await asyncio.to_thread(_write, self._folder, media.id, content)
            await self._save(
                media,
                status=MediaStatus.STORED.value,
                content_type=content_type,
                size=len(content),
                problem=None,
            )
        return not problem

    async def _save(self, media: Media, **values: object) -> None:
        async with self._db.begin() as conn:
            await media_store.save_outcome(conn, media.id, **values)

    async def _fetch(self, media: Media) -> bytes:
        account = self._accounts.get(media.app_id)
        if account is None:
            raise NotSent("the account is no longer set up")
        for is_last in (False, True):
            token = await self._access.tokens.token(account)
            params = {"access_token": token, "media_id": media.media_id}
            try:
                content, is_file = await self._load(f"{account.api}/cgi-bin/media/get", params)
                # An error comes as JSON with status 200; so does a video's address.
                if is_file or content[:1] != b"{":
                    return content
                answer = read_answer(content, account.kind)
                if media.kind == "file":
                    return content  # the customer's own JSON
            except Refused as error:
                if is_last or error.remedy is not Remedy.NEW_TOKEN:
                    raise
                await self._access.tokens.forget(account, token)
                continue
            address = answer.get("video_url") if media.kind == "video" else None
            content, _ = await self._load(_trusted(address, account))
            return content
        raise AssertionError  # the loop ends with a file or an error

    async def _load(self, url: str, params: dict[str, str] | None = None) -> tuple[bytes, bool]:
        """Return what is there, and whether it comes under the name of a file."""
        response = await self._access.client.get(url, params)
        try:
            if response.status_code != 200:
                raise Unanswered(f"WeChat answered {response.status_code}")
            content = await read_up_to(response, LARGEST)
            return content, "content-disposition" in response.headers
        finally:
            await response.aclose()


def _trusted(address: object, account: Account) -> str:
    """Return the address if it is one of WeChat's own, or of the API we were told to use."""
    text = address if isinstance(address, str) else ""
    parts = urlsplit(text)
    host = parts.hostname or ""
    if parts.scheme in ("http", "https") and (
        parts.netloc == urlsplit(account.api).netloc or f".{host}".endswith(HOSTS)
    ):
        return text
    raise Unanswered("WeChat named an address that is not its own")


def type_of(content: bytes) -> str:
    """Return the type that the first bytes tell, or an empty text."""
    for offset, magic, content_type in _TYPES:
        if content[offset : offset + len(magic)] == magic:
            return content_type
    return ""


def _write(folder: Path, name: str, content: bytes) -> None:
    """Write a file whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".{name}"
    draft.write_bytes(content)
    draft.chmod(0o600)
    draft.replace(folder / name)
