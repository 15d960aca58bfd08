"""The worker: what must happen even when no request is there to do it.

It takes up bot turns whose process died or whose try failed, takes conversations back from agents
who do not answer, ends what nobody goes on with, computes what articles mean, tells webhooks of
events, brings what we say to WeChat, and removes what is kept no longer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable
from time import monotonic

from common.errors import Unavailable
from common.settings import Settings
from server.context import World
from server.pruning import prune

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
ASSIGN_SECONDS = 1.0
LEAVING_SECONDS = 5.0
EMBED_SECONDS = 1.0
PROGRESS_SECONDS = 5.0
WEBHOOK_SECONDS = 1.0
CARRY_SECONDS = 0.2
SESSION_SECONDS = 1.0
UNION_SECONDS = 1.0
REMINDER_SECONDS = 1.0
MEDIA_SECONDS = 1.0
PRUNE_SECONDS = 3600.0


async def work(settings: Settings) -> None:
    """Run until the process is told to stop (SIGTERM or SIGINT)."""
    world = World.build(settings)
    await world.start()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    logger.info("worker started")
    await asyncio.gather(
        _again_and_again(lambda: _sweep(world), SWEEP_SECONDS, stopping),
        _again_and_again(lambda: _assign(world), ASSIGN_SECONDS, stopping),
        _again_and_again(lambda: _leave(world), LEAVING_SECONDS, stopping),
        _again_and_again(lambda: _embed(world), EMBED_SECONDS, stopping),
        _again_and_again(lambda: _tell_webhooks(world), WEBHOOK_SECONDS, stopping),
        _again_and_again(lambda: _carry(world), CARRY_SECONDS, stopping),
        _again_and_again(lambda: _keep_sessions(world), SESSION_SECONDS, stopping),
        _again_and_again(lambda: _ask_unions(world), UNION_SECONDS, stopping),
        _again_and_again(lambda: _remind(world), REMINDER_SECONDS, stopping),
        _again_and_again(lambda: _fetch_media(world), MEDIA_SECONDS, stopping),
        _again_and_again(lambda: prune(world), PRUNE_SECONDS, stopping),
    )
    await world.stop()


async def _again_and_again(
    job: Callable[[], Awaitable[None]], seconds: float, stopping: asyncio.Event
) -> None:
    """Run the job every so often; its failure is logged and tried again."""
    while not stopping.is_set():
        running = asyncio.ensure_future(job())
        ending = asyncio.ensure_future(stopping.wait())
        await asyncio.wait({running, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if not running.done():
            running.cancel()
        try:
            await running
        except asyncio.CancelledError:
            return
        except Unavailable:
            logger.warning("the database is away; trying again")
        except Exception:  # the edge of the process: the next round tries again
            logger.exception("failed; trying again")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stopping.wait()


async def _carry(world: World) -> None:
    """Bring what we say to WeChat's customers, and take up what they said and nobody works off."""
    if world.wechat.accounts:
        await world.wechat.puller.sweep()
        await world.wechat.outbox.sweep()
        await world.wechat.intake.sweep()


async def _keep_sessions(world: World) -> None:
    await world.wechat.sessions.run()


async def _ask_unions(world: World) -> None:
    if world.wechat.accounts:
        await world.wechat.unions.run()


async def _remind(world: World) -> None:
    if world.wechat.accounts:
        await world.wechat.reminders.run()


async def _fetch_media(world: World) -> None:
    if world.wechat.accounts and (stored := await world.wechat.media.run()):
        logger.info("fetched %d files of WeChat customers", stored)


async def _sweep(world: World) -> None:
    if taken := await world.turns.sweep():
        logger.info("took up %d conversations that were owed an answer", taken)


async def _assign(world: World) -> None:
    if moved := await world.queue_sweep.run():
        logger.info("moved %d conversations in the queue", moved)


async def _tell_webhooks(world: World) -> None:
    if queued := await world.webhook_sender.run():
        logger.info("%d events are on their way to webhooks", queued)


async def _leave(world: World) -> None:
    if ended := await world.leaving.run():
        logger.info("ended %d conversations that nobody went on with", ended)


async def _embed(world: World) -> None:
    told = monotonic()

    def progress(done: int, of: int) -> None:
        nonlocal told
        if monotonic() - told >= PROGRESS_SECONDS:
            told = monotonic()
            logger.info("search by meaning: %d of %d texts computed", done, of)

    if computed := await world.kb.embed_missing(progress):
        logger.info("search by meaning: %d texts computed", computed)
