"""Custom actions that answer at once, under the names the model asks for.

Loaded by `rasa_sdk` for the measurement of Rasa: an action that searched and stored would be
measured with it. The reply has the size and shape of a real one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from rasa_sdk import Action
from rasa_sdk.events import SlotSet
from ruamel.yaml import YAML

REPLY = "发送短信 HF 到 10199，或在远岸通信 APP 首页查看话费余额和本月消费明细。"
_SLOTS_SET = 5
_DOMAIN = YAML(typ="safe").load(Path(os.environ["BENCH_DOMAIN"]).read_text(encoding="utf-8"))
_TEXT_SLOTS = [
    name
    for name, slot in _DOMAIN["slots"].items()
    if slot["type"] == "text" and not slot.get("influence_conversation", True)
][:_SLOTS_SET]


class _Stub(Action):
    """Says one thing with two buttons, and fills a few slots."""

    action_name = ""

    def name(self) -> str:
        return self.action_name

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        dispatcher.utter_message(
            text=REPLY,
            buttons=[
                {"title": "解决了", "payload": "/solved"},
                {"title": "没解决", "payload": "/not_solved"},
            ],
            json_message={"kind": "answer", "article_id": "01jarticle"},
        )
        return [SlotSet(name, tracker.latest_message.get("text")) for name in _TEXT_SLOTS]


# rasa_sdk finds actions by walking the subclasses of Action, and pickles them by name.
for _name in _DOMAIN["actions"]:
    if isinstance(_name, str) and _name.startswith("action_"):
        globals()[_name] = type(_name, (_Stub,), {"action_name": _name, "__module__": __name__})
