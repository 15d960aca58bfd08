"""Parts of the product are killed: no message is lost, none is answered twice.

`frontdoor up` starts a part that dies again; here each is started by itself, so that it stays dead
for as long as a test wants. `tests/chaos/` kills them all under load.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from common.settings import Settings
from server import up
from tests.e2e.people import Customer, Staff
from tests.whole import ROOT, START_SECONDS, Place, eventually, need_everything_built

pytestmark = pytest.mark.e2e

ALL = ("rasa", "actions", "server", "worker")
PATIENT = {"FRONTDOOR_BOT_GIVE_UP_SECONDS": "300"}
IMPATIENT = {"FRONTDOOR_BOT_GIVE_UP_SECONDS": "3"}
A_RESTART = 90.0


class Parts:
    """The four processes, each of which can be killed and come back."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.passwords = asyncio.run(up._prepare(Settings.from_env(place.env)))
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._settings: dict[str, dict[str, str]] = {}
        self._log = (place.state_dir / "parts.log").open("ab")

    @property
    def url(self) -> str:
        return self.place.url

    def have(self, *names: str, **settings: str) -> None:
        """See to it that exactly these parts run, with these settings, and are ready."""
        for name in [n for n in self._running if n not in names]:
            self.kill(name)
        for name in ("server", "worker"):  # the settings are theirs
            if name in self._running and self._settings[name] != settings:
                self.kill(name)
        self.start(*(n for n in names if n not in self._running), **settings)
        path = "/readyz" if set(ALL) <= set(names) else "/healthz"
        eventually(lambda: self._answers(path), START_SECONDS)

    def start(self, *names: str, **settings: str) -> None:
        """Start parts; they are not ready yet."""
        env = {**self.place.env, **settings}
        known = up._processes(Settings.from_env(env))
        for name in names:
            command, more = known[name]
            self._settings[name] = settings
            self._running[name] = subprocess.Popen(
                ["sh", "-c", command],
                cwd=ROOT,
                env={**env, **more},
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                start_new_session=True,
            )

    def kill(self, *names: str) -> None:
        """End parts as if the power failed."""
        for name in names:
            process = self._running.pop(name)
            process.kill()
            process.wait()

    def freeze(self, name: str) -> None:
        """Let a part stand still: it neither answers nor goes away."""
        self._running[name].send_signal(signal.SIGSTOP)

    def unfreeze(self, name: str) -> None:
        self._running[name].send_signal(signal.SIGCONT)

    def end(self) -> None:
        self.kill(*list(self._running))
        self._log.close()

    def _answers(self, path: str) -> bool:
        for name, process in self._running.items():
            assert process.poll() is None, f"{name} ended; see {self._log.name}"
        try:
            answer = httpx.get(self.url + path, timeout=3, trust_env=False)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """A second product of its own."""
    need_everything_built()
    parts = Parts(Place.new(tmp_path_factory.mktemp("parts")))
    yield parts
    parts.end()


@contextmanager
def an_agent(parts: Parts) -> Iterator[Staff]:
    """The only agent who is online; afterwards nobody is."""
    agent = Staff(parts.url, "agent1", parts.passwords["agent1"])
    agent.goes_online()
    yield agent
    agent.clears_the_desk()
    agent.goes()


def answers_in(customer: Customer) -> int:
    return sum(m["data"].get("kind") == "answer" for m in customer.messages())


def test_a_server_killed_between_message_and_answer_answers_once_after_its_restart(parts: Parts):
    parts.have(*ALL, **PATIENT)
    with Customer(parts.url) as customer:
        parts.freeze("rasa")
        customer.says("怎么查话费")
        parts.kill("server", "worker")
        parts.unfreeze("rasa")
        parts.have(*ALL, **PATIENT)
        customer.connect()

        customer.hears(A_RESTART, data__kind="answer")

        customer.asks("谢谢")
        assert answers_in(customer) == 1


def test_a_message_written_while_the_actions_are_dead_is_answered_when_they_come_back(
    parts: Parts,
):
    parts.have(*ALL, **PATIENT)
    with Customer(parts.url) as customer:
        parts.kill("actions")
        customer.says("怎么查话费")
        parts.start("actions")

        customer.hears(A_RESTART, data__kind="answer")

        customer.asks("谢谢")
        assert answers_in(customer) == 1


def test_a_message_written_while_rasa_is_dead_is_kept_and_answered_when_it_comes_back(
    parts: Parts,
):
    parts.have(*ALL, **PATIENT)
    with Customer(parts.url) as customer:
        customer.asks("我家宽带断了")
        parts.kill("rasa")
        said = customer.says("没解决")
        assert customer.messages()[-1] == said
        parts.start("rasa")

        # It still knows what was spoken of: the registration begins.
        assert "登记报修" in customer.hears(A_RESTART, author="bot")["text"]


def test_when_rasa_stays_away_a_person_takes_over_and_the_customer_is_told(
    parts: Parts,
):
    parts.have("actions", "server", "worker", **IMPATIENT)
    with Customer(parts.url) as customer, an_agent(parts) as agent:
        customer.says("怎么查话费")

        told = customer.hears(30, data__kind="queued")

        assert "智能助手暂时没有响应" in told["text"]
        conversation_id = customer.conversation()["id"]
        whole = agent.opens(conversation_id)
        assert whole["packet"]["reason"] == "bot_unavailable"
        assert whole["messages"][0]["text"] == "怎么查话费"
        agent.accepts(conversation_id)
        agent.writes(conversation_id, "我来回答您")
        customer.hears(text="我来回答您")


def test_when_nobody_is_there_either_the_customer_is_told_that_nothing_is_lost(parts: Parts):
    parts.have("actions", "server", "worker", **IMPATIENT)
    with Customer(parts.url) as customer:
        customer.says("怎么查话费")

        told = customer.hears(30, data__kind="queued")

        assert "都已保存" in told["text"]
        assert customer.conversation()["status"] == "queued"
