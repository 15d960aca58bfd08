"""The server as a whole: every door labelled, every error in one shape."""

from __future__ import annotations

import pytest

from common.web import marked
from server.openapi import describe
from tests.server.conftest import Site


async def test_every_route_says_who_may_call_it(site: Site):
    for route in site.app.router.routes:
        assert marked(route).open_to, route.path
        assert marked(route).__doc__, route.path


async def test_the_description_names_every_route_of_the_api(site: Site):
    described = describe(site.app)["paths"]
    routes = {r.path for r in site.app.router.routes if r.path.startswith("api/")}

    assert len(described) >= len(routes)
    assert "/api/webchat/messages" in described
    body = described["/api/webchat/messages"]["post"]["requestBody"]["content"]
    assert body["application/json"]["schema"] == {"$ref": "#/components/schemas/SendMessage"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nope", 404, "not_found"),
        ("GET", "/api/nope", 404, "not_found"),
        ("DELETE", "/api/webchat/messages", 405, "method_not_allowed"),
        ("GET", "/api/webchat/messages/../../etc/passwd", 404, "not_found"),
        ("GET", "/site/../../../etc/passwd", 404, None),
        ("GET", "/site/%2e%2e/%2e%2e/pyproject.toml", 404, None),
    ],
)
async def test_an_error_has_one_shape(
    site: Site, method: str, path: str, status: int, code: str | None
):
    async with site.client() as http:
        response = await http.request(method, path)

    assert response.status_code == status
    error = response.json()["error"]
    assert set(error) == {"code", "message"}
    assert code is None or error["code"] == code


async def test_an_unexpected_failure_says_nothing_of_the_inside(site: Site, monkeypatch):
    async def broken(*args: object) -> None:
        raise RuntimeError("password=secret")

    monkeypatch.setattr(site.world.accounts, "sign_in", broken)
    async with site.client() as http:
        response = await http.post("/api/auth/login", json={"username": "a", "password": "b"})

    assert response.status_code == 500
    assert response.json()["error"]["code"] == "internal_error"
    assert "secret" not in response.text


async def test_ready_says_which_part_is_not(site: Site):
    async with site.client() as http:
        alive, ready = await http.get("/healthz"), await http.get("/readyz")

    assert alive.status_code == 200
    assert ready.status_code == 503
    parts = ready.json()["parts"]
    assert parts["database"] == "ok"
    assert parts["rasa"] == "cannot be reached"


async def test_metrics_tell_counts_and_no_people(site: Site):
    visitor = await site.visitor()
    await visitor.says("我叫王芳")
    async with site.client() as http:
        text = (await http.get("/metrics")).text

    assert 'frontdoor_conversations{status="bot"} 1.0' in text
    assert "王芳" not in text
    assert visitor.contact_id not in text
