"""media/upload, media/get, and the pictures' own addresses."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from sanic import HTTPResponse, Request, response

from tests.wechat_simulator.refusals import Refused
from tests.wechat_simulator.simulator import Simulator

if TYPE_CHECKING:
    from tests.wechat_simulator.wire import Ask


def upload(ask: Ask) -> Any:
    """Keep a file of the product's.

    Raises:
        Refused: 41005 no file in the field `media`, 40004, 45001.
    """
    sent = ask.request.files.get("media") if ask.request.files else None
    if sent is None:
        raise Refused(41005)
    medium = ask.of.media.upload(ask.query("type"), sent.body)
    name = "thumb_media_id" if medium.kind == "thumb" else "media_id"
    told = int(ask.world.clock.told())
    return {"type": medium.kind, name: medium.id, "created_at": told}


def get(ask: Ask) -> Any:
    """Serve a file; a video is JSON with an address.

    Raises:
        Refused: 40007, as JSON with status 200.
    """
    medium = ask.of.media.find(ask.query("media_id"))
    if medium.kind == "video" and not ask.of.wecom:
        return {"video_url": f"{ask.world.url}/pic/{ask.of.appid}/{medium.id}"}
    return _file(medium.data, medium.content_type, medium.filename)


def picture(world: Simulator) -> Callable[..., Coroutine[Any, Any, HTTPResponse]]:
    """Return the handler of PicUrl and video_url, which need no token."""

    async def handle(request: Request, appid: str, media_id: str) -> HTTPResponse:
        account = world.accounts.get(appid)
        if account is None:
            return response.empty(status=404)
        try:
            medium = account.media.find(media_id)
        except Refused:
            return response.empty(status=404)
        return _file(medium.data, medium.content_type, medium.filename)

    return handle


def _file(data: bytes, content_type: str, name: str) -> HTTPResponse:
    disposition = {"Content-disposition": f'attachment; filename="{name}"'}
    return response.raw(data, content_type=content_type, headers=disposition)
