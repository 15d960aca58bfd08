"""`frontdoor kb`: articles from and to files, and the hit test."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from common.db import Database
from common.settings import Settings
from knowledgebase.api import report_view, result_view
from knowledgebase.model import SearchResult
from knowledgebase.service import KnowledgeBase
from knowledgebase.wiring import knowledge_base
from server.commands.running import print_json, run


@click.group()
def kb() -> None:
    """The knowledge base."""


@kb.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--publish", is_flag=True, help="Make the articles live at once.")
@click.option("--json", "as_json", is_flag=True)
def import_file(file: Path, dry_run: bool, publish: bool, as_json: bool) -> None:
    """Take in a CSV or XLSX file: all of it, or nothing when any row has a problem."""
    data = file.read_bytes()
    report = run(
        lambda settings, db: KnowledgeBase(db).import_file(
            file.name, data, dry_run=dry_run, publish=publish
        )
    )
    if as_json:
        print_json(report_view(report))
    elif not report.problems:
        verb = "Would import" if dry_run else "Imported"
        click.echo(
            f"{verb} {report.rows} rows: {report.created} new, {report.updated} changed, "
            f"{report.unchanged} unchanged."
        )
    else:
        for problem in report.problems:
            click.echo(f"line {problem.line}, {problem.column}: {problem.reason}", err=True)
        click.echo(f"Nothing was imported: {len(report.problems)} problems.", err=True)
    if report.problems:
        sys.exit(1)


@kb.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_file(file: Path) -> None:
    """Write all articles that are not archived to a CSV file."""
    content = run(lambda settings, db: KnowledgeBase(db).export_csv())
    file.write_bytes(content)
    click.echo(f"Wrote {file}.")


@kb.command("search")
@click.argument("text", required=False)
@click.option("-k", default=3, show_default=True, type=click.IntRange(1, 20))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a query.")
@click.option("--stdin", is_flag=True, help="One query a line from standard input.")
def search(text: str | None, k: int, as_json: bool, stdin: bool) -> None:
    """Show what a customer's question would be answered with, and why."""
    if (text is None) == (not stdin):
        raise click.UsageError("give a TEXT, or --stdin with one query a line.")

    async def answer(settings: Settings, db: Database) -> None:
        articles = knowledge_base(db, settings)
        for line in [text] if text is not None else sys.stdin:
            _print_result(await articles.search(line.rstrip("\n"), k=k), as_json)

    run(answer)


def _print_result(result: SearchResult, as_json: bool) -> None:
    if as_json:
        print_json(result_view(result))
        return
    click.echo(f"{result.decision.value}: {result.query}")
    for hit in result.hits:
        click.echo(f"  {hit.score:.2f}  {hit.question}  ({hit.why})")


@kb.command("embed")
def embed() -> None:
    """Compute now what the articles mean; the worker does so by itself."""

    async def work(settings: Settings, db: Database) -> int:
        return await knowledge_base(db, settings).embed_missing(
            lambda done, of: click.echo(f"\r{done:>7} of {of}", nl=False)
        )

    click.echo(f"\rComputed {run(work)}.")
