"""The documents say what is there: files, commands, settings, codes and words."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from pathlib import Path

import click
import pytest

from common.auth import USER_ROLES
from common.settings import ROOT, variable_names
from handoff.model import (
    Author,
    CloseReason,
    ConversationStatus,
    HandoffReason,
    NoteKind,
    OfferOutcome,
    Presence,
    Requeued,
    Verdict,
)
from knowledgebase.files import COLUMNS
from knowledgebase.model import ArticleStatus, Decision, UnansweredReason
from server.cli import main
from tickets.model import FaultType, Priority, TicketStatus, TicketType
from webhooks.model import DeliveryStatus, Disabled, Failure

PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("deploy/*.md")],
    key=lambda page: str(page),
)
EXAMPLES = [*ROOT.glob("deploy/systemd/*.service"), ROOT / "deploy" / "nginx.conf.example"]
MADE = (".venv", "var/", "web/dist/", "models/")
"""Not in the repository: made when it is built or run."""
EXAMPLE_NAMES = {"articles.csv", "NNNN_what_changes.py"}

FILE = r"(?:[\w.-]+/)*[\w*-][\w.*-]*\.(?:py|md|yml|toml|json|csv|ts|vue|in|example|service)"
FOLDER = r"(?:[\w.-]+/)+"
PATH = re.compile(rf"(?<![\w/.…~-])({FILE}|{FOLDER})(?![\w/])")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[\w-]+)?\)")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def code_of(page: Path) -> list[str]:
    """What stands in code type, inline or in blocks."""
    return CODE.findall(page.read_text("utf-8"))


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_every_link_leads_somewhere(page: Path):
    for target, anchor in LINK.findall(page.read_text("utf-8")):
        linked = (page.parent / target).resolve() if target else page
        assert linked.exists(), target
        assert not anchor or anchor[1:] in anchors(linked), f"{target}{anchor}"


@each_page
def test_every_file_that_is_named_exists(page: Path):
    named = {path for code in code_of(page) for path in PATH.findall(code)}
    for path in named:
        if path.startswith(MADE) or Path(path).name in EXAMPLE_NAMES:
            continue
        # A bare name such as `store.py` is in every feature's folder.
        places = (ROOT.glob(path), page.parent.glob(path), ROOT.glob(f"[a-z]*/{path}"))
        assert any(next(place, None) for place in places), path


def make_targets() -> tuple[set[str], set[str]]:
    """All targets of the Makefile, and those that `make help` shows."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    rules = re.findall(r"^([a-z-]+):([^\n]*)", makefile, flags=re.MULTILINE)
    return {name for name, _ in rules}, {name for name, rest in rules if "##" in rest}


@each_page
def test_every_make_target_that_is_named_exists(page: Path):
    targets, shown = make_targets()
    for code in code_of(page):
        for name in re.findall(r"\bmake ([a-z][a-z-]*)", code):
            assert name in targets, name
            assert name in shown, f"make help does not show {name}"


def commands(group: click.Group, prefix: str = "frontdoor") -> dict[str, click.Command]:
    """Every command by the words that call it."""
    found: dict[str, click.Command] = {}
    for name in group.list_commands(context := click.Context(group)):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found |= commands(command, f"{prefix} {name}")
        else:
            found[f"{prefix} {name}"] = command
    return found


COMMANDS = commands(main)


@pytest.mark.parametrize("page", [*PAGES, *EXAMPLES], ids=lambda page: page.name)
def test_every_command_that_is_named_exists(page: Path):
    texts = code_of(page) if page.suffix == ".md" else [page.read_text("utf-8")]
    for text in texts:
        for words in re.findall(r"(?:^|[`/ ])(frontdoor [a-z]+(?: [a-z]+)?)\b", text):
            one, two = " ".join(words.split()[:2]), words
            assert one in COMMANDS or two in COMMANDS, words


def test_the_page_of_commands_has_them_all_with_their_options():
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `frontdoor")]

    for words, command in COMMANDS.items():
        said = "".join(row for row in rows if re.search(rf"`{words}[ `]", row))
        assert said, words
        for option in (one for one in command.params if isinstance(one, click.Option)):
            assert any(name in said for name in option.opts), f"{words} {option.name}"


def test_the_page_of_commands_has_every_column_of_an_article_file():
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    assert [name for name in COLUMNS if f"`{name}`" not in page] == []


@pytest.mark.parametrize("page", [*PAGES, *EXAMPLES], ids=lambda page: page.name)
def test_every_setting_that_is_named_exists(page: Path):
    known = {*variable_names(), "FRONTDOOR_TRACKER_URL"}
    named = set(re.findall(r"FRONTDOOR_[A-Z_]*[A-Z]", page.read_text("utf-8")))
    secrets = {f"{name}_FILE" for name in known if name.endswith(("_KEY", "_TOKEN"))}

    assert named - known - secrets == set()


def test_every_error_code_that_is_named_is_in_the_code():
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    rows = re.findall(r"^\| \d{3} \|(.*)\|$", page, flags=re.MULTILINE)
    named = {code for row in rows for code in re.findall(r"`([a-z_]+)`", row)} - {"null"}
    folders = ("common", "channels", "knowledgebase", "tickets", "handoff", "server", "webhooks")
    source = "".join(p.read_text("utf-8") for f in folders for p in (ROOT / f).rglob("*.py"))

    assert len(named) > 30
    assert sorted(code for code in named if f'"{code}"' not in source) == []


@pytest.mark.parametrize(
    "words",
    [
        ConversationStatus,
        CloseReason,
        HandoffReason,
        Presence,
        Requeued,
        OfferOutcome,
        NoteKind,
        Author,
        Verdict,
        TicketStatus,
        TicketType,
        FaultType,
        Priority,
        ArticleStatus,
        Decision,
        UnansweredReason,
        DeliveryStatus,
        Disabled,
        Failure,
    ],
    ids=lambda words: words.__name__,
)
def test_the_glossary_has_every_word_of_the_code(words: type[StrEnum]):
    page = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    assert [word.value for word in words if f"`{word.value}`" not in page] == []


def test_the_glossary_has_every_role():
    page = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    assert [role for role in USER_ROLES if f"| `{role}` |" not in page] == []


@pytest.mark.parametrize("kind", ["type", "fault_type", "priority", "status"])
def test_the_glossary_calls_things_as_people_read_them(kind: str):
    page = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    labels = json.loads((ROOT / "tickets" / "labels.json").read_text("utf-8"))["zh-CN"][kind]
    for code, label in labels.items():
        assert re.search(rf"`{code}` (?:\| )?{re.escape(label)}", page), f"{code} {label}"


def test_both_readmes_give_the_same_commands_and_lead_to_the_same_pages():
    english, chinese = ((ROOT / name) for name in ("README.md", "README.zh-CN.md"))

    def what_to_type(page: Path) -> set[str]:
        return {re.sub(r"\s+#.*", "", line) for code in code_of(page) for line in code.split("\n")}

    def links(page: Path) -> set[str]:
        return {target for target, _ in LINK.findall(page.read_text("utf-8"))}

    assert what_to_type(english) == what_to_type(chinese)
    assert links(english) - {"README.zh-CN.md"} == links(chinese) - {"README.md"}
