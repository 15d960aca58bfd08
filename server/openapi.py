"""The API's description (OpenAPI 3.1), made from the routes themselves.

A route says who may call it and what body it takes (`common.web.open_to`); its docstring says
what it does. There is no second place to keep true.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from sanic import Sanic

from common.web import SESSION_COOKIE, marked

_PARAMETER = re.compile(r"<(\w+)(?::[^>]*)?>")


def describe(app: Sanic[Any, Any]) -> dict[str, Any]:
    """Return the OpenAPI document of all routes under /api and those for operators."""
    paths: dict[str, dict[str, Any]] = {}
    bodies = {b for route in app.router.routes if (b := getattr(marked(route), "body_type", None))}
    ordered = sorted(bodies, key=lambda body: body.__name__)
    schemas, components = msgspec.json.schema_components(
        ordered, ref_template="#/components/schemas/{name}"
    )
    references = dict(zip(ordered, schemas, strict=True))
    for route in app.router.routes:
        path = "/" + _PARAMETER.sub(r"{\1}", route.path)
        if not path.startswith(("/api/", "/healthz", "/readyz", "/metrics")):
            continue
        for method in route.methods:
            paths.setdefault(path, {})[method.lower()] = _operation(route, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Front door",
            "version": "0.1.0",
            "description": 'Errors are `{"error": {"code", "message"}}`; codes are stable.',
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": components,
            "securitySchemes": {
                "user": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
                "visitor": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(route: Any, references: dict[Any, Any]) -> dict[str, Any]:
    handler = marked(route)
    who: tuple[str, ...] = handler.open_to
    summary = (handler.__doc__ or "").strip().splitlines()[0]
    operation: dict[str, Any] = {
        "summary": summary,
        "description": f"Open to: {', '.join(who)}.",
        "tags": [route.path.split("/")[1] if route.path.startswith("api/") else "operations"],
        "responses": {"default": {"description": "See the summary; errors in their one shape."}},
        "security": _security(who),
    }
    if names := _PARAMETER.findall(route.path):
        operation["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in names
        ]
    if handler.body_type is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": references[handler.body_type]}},
        }
    return operation


def _security(who: tuple[str, ...]) -> list[dict[str, list[str]]]:
    if "anyone" in who:
        return []
    return [{"visitor": []}] if "visitor" in who else [{"user": []}]
