"""The knowledge base over HTTP."""

from __future__ import annotations

import csv
import io
import warnings
from types import SimpleNamespace

import pytest
from sanic import Sanic

from common.auth import User
from common.errors import FrontDoorError
from common.web import SESSION_COOKIE, answer_error
from knowledgebase.api import create_blueprint
from knowledgebase.service import KnowledgeBase

with warnings.catch_warnings():
    # sanic_testing still imports a part of websockets that is going away.
    warnings.simplefilter("ignore", DeprecationWarning)
    import sanic_testing.testing  # noqa: F401

ARTICLE = {"question": "怎么查话费", "answer": "看首页", "similar_questions": ["话费余额"]}


class FakeAccounts:
    """Whoever's cookie names a role is signed in with it."""

    async def user_of(self, token):
        return User(f"01{token}", token, token.title(), token) if token else None


class Client:
    """A browser, signed in with a role or not."""

    def __init__(self, app, role):
        self._app = app
        self._headers = {"cookie": f"{SESSION_COOKIE}={role}"} if role else {}

    async def call(self, method, path, headers=None, **kwargs):
        send = getattr(self._app.asgi_client, method)
        _, response = await send(
            f"/api/kb{path}", headers={**self._headers, **(headers or {})}, **kwargs
        )
        return response

    async def get(self, path):
        return await self.call("get", path)

    async def post(self, path, body=None, **kwargs):
        return await self.call("post", path, **({"json": body} if body is not None else kwargs))

    async def put(self, path, body):
        return await self.call("put", path, json=body)


@pytest.fixture
def db(sqlite):
    """Statements are tested on both databases elsewhere; here it is about HTTP."""
    return sqlite


@pytest.fixture
def app(db):
    app = Sanic("kb-test")
    app.ctx.accounts, app.ctx.kb = FakeAccounts(), KnowledgeBase(db)
    app.ctx.settings = SimpleNamespace(public_origins=())
    app.blueprint(create_blueprint())

    @app.exception(FrontDoorError)
    async def ours(request, error):
        return answer_error(error)

    yield app
    Sanic.unregister_app(app)


@pytest.fixture
def editor(app):
    return Client(app, "editor")


def code(response):
    return response.status, response.json["error"]["code"]


async def test_an_article_goes_from_draft_to_live(editor):
    created = await editor.post("/articles", ARTICLE)
    assert created.status == 201
    article = created.json["article"]
    assert article | {"updated_at": ""} == {
        "id": article["id"],
        "question": "怎么查话费",
        "similar_questions": ["话费余额"],
        "answer": "看首页",
        "category": "",
        "tags": [],
        "valid_from": None,
        "valid_until": None,
        "status": "draft",
        "version": 1,
        "published_version": None,
        "has_unpublished_changes": False,
        "updated_at": "",
        "updated_by": "editor",
    }

    published = await editor.post(f"/articles/{article['id']}/publish")
    assert (published.status, published.json["article"]["status"]) == (200, "published")

    changed = await editor.put(
        f"/articles/{article['id']}", {**ARTICLE, "answer": "新", "version": 1}
    )
    assert changed.json["article"]["has_unpublished_changes"] is True
    versions = (await editor.get(f"/articles/{article['id']}/versions")).json["versions"]
    assert [(one["version"], one["answer"], one["saved_by"]) for one in versions] == [
        (2, "新", "editor"),
        (1, "看首页", "editor"),
    ]
    archived = await editor.post(f"/articles/{article['id']}/archive", {"version": 2})
    assert archived.json["article"]["status"] == "archived"


async def test_a_stale_save_is_a_conflict(editor):
    id = (await editor.post("/articles", ARTICLE)).json["article"]["id"]
    await editor.put(f"/articles/{id}", {**ARTICLE, "answer": "一", "version": 1})
    stale = {**ARTICLE, "answer": "二", "version": 1}
    assert code(await editor.put(f"/articles/{id}", stale)) == (409, "article_changed")
    assert code(await editor.post(f"/articles/{id}/publish", {"version": 1})) == (
        409,
        "article_changed",
    )


async def test_a_taken_question_is_a_conflict(editor):
    await editor.post("/articles", ARTICLE)
    assert code(await editor.post("/articles", ARTICLE)) == (409, "question_exists")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"question": "", "answer": ""}, "article_invalid"),
        ({"question": "问"}, "invalid_input"),
        ({"question": 1, "answer": "a"}, "invalid_input"),
        ({**ARTICLE, "valid_from": "昨天"}, "invalid_input"),
        ({**ARTICLE, "valid_from": "2026-02-02", "valid_until": "2026-02-01"}, "article_invalid"),
        ([], "invalid_input"),
    ],
)
async def test_a_bad_article_is_refused(editor, body, expected):
    assert code(await editor.post("/articles", body)) == (422, expected)


async def test_the_hit_test_says_what_a_customer_would_get(editor):
    id = (await editor.post("/articles", ARTICLE)).json["article"]["id"]
    await editor.post(f"/articles/{id}/publish")
    found = (await editor.post("/search", {"query": "话费余额"})).json
    assert found == {
        "query": "话费余额",
        "decision": "answer",
        "hits": [
            {
                "article_id": id,
                "question": "怎么查话费",
                "matched": "话费余额",
                "score": 1.0,
                "answer": "看首页",
                "category": "",
                "why": "与相似问“话费余额”一致。",
            }
        ],
    }


async def test_the_hit_test_takes_a_draft(editor):
    draft = {**ARTICLE, "similar_questions": ["钱去哪了"], "article_id": None}
    found = (await editor.post("/search", {"query": "钱去哪了", "draft": draft})).json
    assert (found["decision"], found["hits"][0]["article_id"]) == ("answer", "draft")
    assert (await editor.get("/articles")).json["total"] == 0


@pytest.mark.parametrize("body", [{"query": "a", "k": 0}, {"query": "a" * 2001}, {"k": 3}])
async def test_a_bad_search_is_refused(editor, body):
    assert code(await editor.post("/search", body)) == (422, "invalid_input")


async def test_a_file_is_tried_imported_and_exported(editor):
    file = "question,answer\n怎么查话费,看首页\n".encode()
    tried = await editor.post("/import?dry_run=1&publish=1&name=a.csv", content=file)
    assert tried.json == {
        "rows": 1,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "problems": [],
        "imported": False,
    }
    done = await editor.post("/import?publish=1&name=a.csv", content=file)
    assert done.json["imported"] is True
    listed = (await editor.get("/articles?status=published&q=话费")).json
    assert (listed["total"], listed["articles"][0]["updated_by"]) == (1, "editor")

    exported = await editor.get("/export")
    rows = list(csv.DictReader(io.StringIO(exported.content.decode("utf-8-sig"))))
    assert rows[0]["question"] == "怎么查话费"
    assert exported.headers["content-type"].startswith("text/csv")


async def test_a_bad_file_is_told_line_by_line(editor):
    file = "question,answer\n怎么查话费,\n".encode()
    report = (await editor.post("/import?name=a.csv", content=file)).json
    assert report["imported"] is False
    assert report["problems"] == [
        {"line": 2, "column": "answer", "code": "empty", "reason": "不能为空", "value": ""}
    ]


async def test_a_file_from_another_site_is_refused(editor):
    response = await editor.post(
        "/import?publish=1", content=b"x", headers={"origin": "https://evil.example"}
    )
    assert response.status == 403


async def test_unanswered_questions_are_listed_and_dealt_with(app, editor):
    await app.ctx.kb.record_unanswered("webchat-1", "能用比特币交话费吗")
    question = (await editor.get("/unanswered")).json["questions"][0]
    assert (question["text"], question["reason"], question["conversation_id"]) == (
        "能用比特币交话费吗",
        "no_answer",
        "webchat-1",
    )
    assert (await editor.post(f"/unanswered/{question['id']}/dealt_with")).status == 204
    assert (await editor.get("/unanswered")).json["questions"] == []


async def test_what_does_not_exist_is_not_found(editor):
    assert code(await editor.get("/articles/nobody")) == (404, "article_unknown")
    assert code(await editor.get("/articles/nobody/versions")) == (404, "article_unknown")
    assert code(await editor.post("/unanswered/nobody/dealt_with")) == (404, "question_unknown")


async def test_an_unknown_status_is_refused(editor):
    assert code(await editor.get("/articles?status=lost")) == (422, "invalid_input")


async def test_an_agent_may_search_and_read_but_not_write(app):
    agent = Client(app, "agent")
    assert (await agent.post("/search", {"query": "话费"})).status == 200
    assert code(await agent.get("/articles/nobody")) == (404, "article_unknown")
    for response in (
        await agent.get("/articles"),
        await agent.post("/articles", ARTICLE),
        await agent.post("/articles/nobody/publish"),
        await agent.post("/import", content=b""),
        await agent.get("/export"),
        await agent.get("/unanswered"),
    ):
        assert code(response) == (403, "role_forbidden")


async def test_nobody_gets_in_without_signing_in(app):
    stranger = Client(app, None)
    assert code(await stranger.get("/articles")) == (401, "not_signed_in")
    assert code(await stranger.post("/search", {"query": "话费"})) == (401, "not_signed_in")


@pytest.mark.parametrize("role", ["supervisor", "admin"])
async def test_supervisors_and_admins_are_content_staff_too(app, role):
    assert (await Client(app, role).post("/articles", ARTICLE)).status == 201


async def test_alike_unanswered_questions_are_listed_and_dealt_with_together(app, editor):
    for number, text in enumerate(("能用比特币交话费吗", "可以用比特币交话费吗")):
        await app.ctx.kb.record_unanswered(f"webchat-{number}", text)
    (group,) = (await editor.get("/unanswered/groups")).json["groups"]
    assert (group["count"], group["conversations"]) == (2, 2)

    ids = [question["id"] for question in group["questions"]]
    response = await editor.post("/unanswered/dealt_with", {"ids": ids})

    assert (response.status, response.json) == (200, {"dealt_with": 2})
    assert (await editor.get("/unanswered/groups")).json["groups"] == []
    assert code(await editor.post("/unanswered/dealt_with", {"ids": []})) == (422, "invalid_input")
