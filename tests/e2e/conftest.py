"""Who takes part: customers, agents, content staff; each test has its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.e2e.people import Customer, Staff
from tests.wechat_simulator.app import serving
from tests.wechat_simulator.faults import Trouble
from tests.wechat_simulator.simulator import Simulator
from tests.whole import Product


@pytest.fixture
def new_customer(product: Product) -> Iterator[Callable[[], Customer]]:
    """Makes customers, each a new visitor."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(Customer(product.url))


@pytest.fixture
def customer(new_customer: Callable[[], Customer]) -> Customer:
    """A customer."""
    return new_customer()


@pytest.fixture
def sign_in(product: Product) -> Iterator[Callable[[str], Staff]]:
    """Signs in one of the first users by name."""
    staff: list[Staff] = []

    def sign_in(username: str) -> Staff:
        staff.append(Staff(product.url, username, product.passwords[username]))
        return staff[-1]

    yield sign_in
    for one in staff:
        one.goes()


@pytest.fixture
def agent(sign_in: Callable[[str], Staff]) -> Iterator[Staff]:
    """The only agent who is online; afterwards nobody is, and nobody waits."""
    agent = sign_in("agent1")
    agent.goes_online()
    yield agent
    agent.clears_the_desk()


@pytest.fixture
def admin(sign_in: Callable[[str], Staff]) -> Staff:
    """The administrator, who may do everything."""
    return sign_in("admin")


@pytest.fixture
async def wechat(product: Product) -> AsyncIterator[Simulator]:
    """WeChat, without trouble at first. Whatever we do against its rules fails the test."""
    world = product.wechat
    world.violations.clear()
    async with serving(world, product.wechat_port):
        yield world
        world.faults.clear()
        world.trouble = Trouble()
        await world.settled()
    assert world.violations == []
