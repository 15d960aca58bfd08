"""The fields of every message and event a customer's act makes WeChat send."""

from __future__ import annotations

from typing import Any

Fields = dict[str, Any]
UNSUPPORTED = "【收到不支持的消息类型，暂无法显示】"


def text(content: str, menu_id: str | None = None) -> Fields:
    """Words; `menu_id` when they come from a tap on a menu message."""
    tapped = {} if menu_id is None else {"bizmsgmenuid": menu_id}
    return {"MsgType": "text", "Content": content, **tapped}


def image(media_id: str, url: str) -> Fields:
    """A picture."""
    return {"MsgType": "image", "PicUrl": url, "MediaId": media_id}


def voice(media_id: str, form: str = "amr") -> Fields:
    """A voice message; speech is no longer recognised."""
    return {"MsgType": "voice", "MediaId": media_id, "Format": form, "Recognition": ""}


def video(media_id: str, thumb_id: str, *, short: bool = False) -> Fields:
    """A video."""
    kind = "shortvideo" if short else "video"
    return {"MsgType": kind, "MediaId": media_id, "ThumbMediaId": thumb_id}


def location(latitude: float, longitude: float, label: str) -> Fields:
    """A place on the map."""
    return {
        "MsgType": "location",
        "Location_X": latitude,
        "Location_Y": longitude,
        "Scale": 16,
        "Label": label,
    }


def link(title: str, description: str, url: str) -> Fields:
    """A link."""
    return {"MsgType": "link", "Title": title, "Description": description, "Url": url}


def page(appid: str, title: str, path: str) -> Fields:
    """A mini-program's card."""
    return {
        "MsgType": "miniprogrampage",
        "AppId": appid,
        "Title": title,
        "PagePath": path,
        "ThumbUrl": "",
        "ThumbMediaId": "",
    }


def event(name: str, **more: Any) -> Fields:
    """Any event."""
    return {"MsgType": "event", "Event": name, **more}


def subscribe(scene: str | None) -> Fields:
    """A new follower, perhaps by a QR code."""
    if scene is None:
        return event("subscribe", EventKey="")
    return event("subscribe", EventKey=f"qrscene_{scene}", Ticket=f"ticket-{scene}")


def scan(scene: str) -> Fields:
    """A follower scans a QR code."""
    return event("SCAN", EventKey=scene, Ticket=f"ticket-{scene}")


def notice_answers(answers: dict[str, bool]) -> Fields:
    """The customer allows or refuses notices, by template."""
    listed = [
        {
            "TemplateId": template,
            "SubscribeStatusString": "accept" if yes else "reject",
            "PopupScene": "2",
        }
        for template, yes in answers.items()
    ]
    return event("subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": listed})


def notice_sent(template: str, message_id: int, error: int) -> Fields:
    """What became of a notice."""
    sent = {
        "TemplateId": template,
        "MsgID": str(message_id),
        "ErrorCode": str(error),
        "ErrorStatus": "success" if error == 0 else "failed",
    }
    return event("subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": sent})


def template_finished(message_id: int, status: str) -> Fields:
    """What became of a template message: its id is MsgID, which is no MsgId."""
    return event("TEMPLATESENDJOBFINISH", MsgID=message_id, Status=status)
