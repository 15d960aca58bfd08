"""What WeChat reports of reminders, in its two forms, and what of it counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from channels.wechat.inbound import Kind, read_incoming
from channels.wechat.markup import read_fields
from channels.wechat.reports import Report, Told
from tests.wechat_simulator import kinds, xmlform

WHO = {"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": 1714112445}


def in_xml(fields: dict[str, Any]) -> bytes:
    return xmlform.write({**WHO, **fields}).encode()


def in_json(fields: dict[str, Any]) -> bytes:
    return json.dumps({**WHO, **fields}).encode()


@pytest.mark.parametrize("written", [in_xml, in_json], ids=["xml", "json"])
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (kinds.template_finished(7, "success"), [Report(Told.DELIVERED, "", "7")]),
        (kinds.template_finished(7, "failed:user block"), [Report(Told.FAILED, "", "7")]),
        (kinds.notice_sent("t1", 8, 0), [Report(Told.DELIVERED, "t1", "8")]),
        (kinds.notice_sent("t1", 8, 43101), [Report(Told.FAILED, "t1", "8")]),
        (
            kinds.notice_answers({"t1": True, "t2": False, "t3": True}),
            [Report(Told.ALLOWED, "t1"), Report(Told.ALLOWED, "t3")],
        ),
        (kinds.notice_answers({}), []),
    ],
)
def test_reports_are_read_in_both_forms(written, fields: dict[str, Any], expected: list[Report]):
    incoming = read_incoming(read_fields(written(fields)), "wx1")

    assert (incoming.kind, list(incoming.reports)) == (Kind.REPORT, expected)
    assert not (incoming.renews_messages or incoming.renews_events)


@pytest.mark.parametrize("written", [in_xml, in_json], ids=["xml", "json"])
def test_a_permission_taken_back_in_the_settings_is_read(written):
    listed = {"TemplateId": "t1", "SubscribeStatusString": "reject"}
    changed = kinds.event("subscribe_msg_change_event", SubscribeMsgChangeEvent={"List": [listed]})
    incoming = read_incoming(read_fields(written(changed)), "wx1")
    assert list(incoming.reports) == [Report(Told.REFUSED, "t1")]


@pytest.mark.parametrize("inside", ["", "[", "7", '{"List": 7}', '{"List": [{}]}', '[["x"]]'])
def test_what_is_not_whole_reports_nothing(inside: str):
    fields = kinds.event("subscribe_msg_popup_event", SubscribeMsgPopupEvent=inside)
    assert read_incoming(read_fields(in_json(fields)), "wx1").reports == ()


def test_ids_no_database_takes_are_cut_to_what_it_does():
    answers = kinds.notice_answers({"t\0" + "1" * 80: True})
    (report,) = read_incoming(read_fields(in_json(answers)), "wx1").reports
    assert report.template_id == "t" + "1" * 63


def test_two_reports_in_one_second_are_two():
    keys = {
        read_incoming(read_fields(in_xml(kinds.notice_answers({name: True}))), "wx1").key
        for name in ("t1", "t2")
    }
    assert len(keys) == 2


def test_elements_within_elements_a_thousand_deep_crash_nothing():
    deep = b"<a>" * 5_000 + b"</a>" * 5_000
    body = b"<xml><FromUserName>o1</FromUserName>" + deep + b"</xml>"
    assert read_fields(body)["FromUserName"] == "o1"
