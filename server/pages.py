"""The built pages: customer page, widget, consoles, API description.

They are few and small, so they are read once at the start and served from memory, compressed.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import raw, redirect

from common.errors import NotFound
from common.web import open_to

DIST = Path(__file__).resolve().parent.parent / "web" / "dist"
WORTH_COMPRESSING = ("text/", "application/javascript", "application/json", "image/svg+xml")
STRICT = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


@dataclass(frozen=True)
class _Page:
    body: bytes
    compressed: bytes | None
    content_type: str
    etag: str


class Pages:
    """All built files by their path below the build folder."""

    def __init__(self, folder: Path = DIST) -> None:
        self._pages = {
            str(path.relative_to(folder)): _read(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    def respond(self, request: Request, path: str, *, strict: bool = True) -> HTTPResponse:
        """Answer with the file.

        Raises:
            NotFound: no such file; when the whole web part was not built, the message says so.
        """
        page = self._pages.get(path)
        if page is None:
            hint = "" if self._pages else " The web part is not built: run `make web`."
            raise NotFound(f"There is no page here.{hint}", code="page_unknown")
        headers = {
            "etag": page.etag,
            # Names with a hash never change; the others are asked for again each time.
            "cache-control": "public, max-age=31536000, immutable"
            if "/assets/" in f"/{path}"
            else "no-cache",
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "vary": "accept-encoding",
        }
        if strict:
            headers["content-security-policy"] = STRICT
        if request.headers.get("if-none-match") == page.etag:
            return raw(b"", status=304, headers=headers)
        body = page.body
        if page.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            body = page.compressed
            headers["content-encoding"] = "gzip"
        return raw(body, headers=headers, content_type=page.content_type)

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        return path in self._pages


def _read(path: Path) -> _Page:
    body = path.read_bytes()
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if content_type == "text/javascript":
        content_type = "application/javascript"
    worth = content_type.startswith(WORTH_COMPRESSING)
    if worth:
        content_type += "; charset=utf-8"
    return _Page(
        body,
        gzip.compress(body, mtime=0) if worth else None,
        content_type,
        f'"{hashlib.sha256(body).hexdigest()[:20]}"',
    )


def create_blueprint(pages: Pages) -> Blueprint:
    """Make the routes of the pages. They hold no data; the API decides who may read it."""
    blueprint = Blueprint("pages")

    @blueprint.get("/")
    @open_to("anyone")
    async def customer_page(request: Request) -> HTTPResponse:
        """The demonstration page of a fictional operator, with the chat widget."""
        return pages.respond(request, "site/index.html")

    @blueprint.get("/site/<path:path>")
    @open_to("anyone")
    async def site_file(request: Request, path: str) -> HTTPResponse:
        """What the customer page needs."""
        return pages.respond(request, f"site/{path}")

    @blueprint.get("/widget.js")
    @open_to("anyone")
    async def widget(request: Request) -> HTTPResponse:
        """The chat widget, for one script tag on any page."""
        return pages.respond(request, "widget.js")

    @blueprint.get("/console", name="console_root", strict_slashes=True)
    @open_to("anyone")
    async def console_root(request: Request) -> HTTPResponse:
        """To the console."""
        return redirect("/console/")

    @blueprint.get("/console/", name="console", strict_slashes=True)
    @blueprint.get("/console/<path:path>", name="console_path")
    @open_to("anyone")
    async def console(request: Request, path: str = "") -> HTTPResponse:
        """The consoles. Their own router takes paths that are not files."""
        file = f"console/{path}"
        return pages.respond(request, file if pages.has(file) else "console/index.html")

    @blueprint.get("/docs", name="docs_root", strict_slashes=True)
    @open_to("anyone")
    async def docs_root(request: Request) -> HTTPResponse:
        """To the description of the API."""
        return redirect("/docs/")

    @blueprint.get("/docs/", name="docs", strict_slashes=True)
    @blueprint.get("/docs/<path:path>", name="docs_path")
    @open_to("anyone")
    async def docs(request: Request, path: str = "") -> HTTPResponse:
        """The API, described."""
        return pages.respond(request, f"docs/{path or 'index.html'}")

    return blueprint
