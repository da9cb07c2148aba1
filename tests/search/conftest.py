"""The same conversations in a product on each database, and what people find there."""

import html
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from tests.product import CAST, MAKE_CAST, PASSWORD, Product, Template
from tests.servers import PostgresServer
from tests.viewers import Person

WRITE = """
import datetime
from django.contrib.auth.models import User
from django.utils import timezone
from chat.models import Conversation, catching_up
for owner, title, texts, fields in {chats!r}:
    days = fields.pop("days", 0)
    then = timezone.now() - datetime.timedelta(days=days)
    chat = Conversation.objects.create(
        user=User.objects.get(username=owner), title=title, created=then, updated=then, **fields)
    for text in texts:
        message = chat.messages.create(role="user", text=text, parent=chat.leaf)
        type(message).objects.filter(pk=message.pk).update(created=then)
        chat.leaf = message
    chat.save()
for look in (catching_up.look_at_titles, catching_up.look_at_messages):
    last = look()
    while last:
        last = look(last)
"""
FOUND = re.compile(r'<li class="found-one">(.*?)</li>', re.S)
TITLE = re.compile(r'<span class="found-title"[^>]*>(.*?)</span>', re.S)
HIT = re.compile(r'<a class="found-link found-hit"[^>]*href="([^"]*)">(.*?)</a>', re.S)

Chat = tuple[str, str, list[str], dict[str, Any]]


@dataclass
class Found:
    """`title` and `hits` as they are marked up; `links` lead to the messages; `whole` is all there is."""

    title: str
    hits: list[str]
    links: list[str]
    whole: str


@dataclass
class Searcher:
    person: Person

    async def find(self, query: str) -> list[Found]:
        page = await self.person.get(f"/search/?q={quote(query)}")
        assert page.status == 200, (query, page.status)
        return [_found(item) for item in FOUND.findall(page.html)]

    async def titles(self, query: str) -> list[str]:
        return [_plain(found.title) for found in await self.find(query)]


def _found(item: str) -> Found:
    hits = HIT.findall(item)
    return Found(TITLE.findall(item)[0], [text for _, text in hits], [link for link, _ in hits], item)


def _plain(markup: str) -> str:
    return html.unescape(re.sub(r"</?mark>", "", markup))


def write(product: Product, chats: list[Chat]) -> None:
    product.manage("shell", "-v0", "-c", WRITE.format(chats=chats))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def library(request, template: Template, tmp_path_factory) -> Iterator[Product]:
    with ExitStack() as stack:
        environment = {}
        if request.param == "postgresql":
            environment["DATABASE_URL"] = stack.enter_context(PostgresServer()).database()
        product = Product(template, tmp_path_factory.mktemp("library"), **environment)
        if environment:
            product.manage("migrate", "--verbosity=0")
            product.manage("shell", "-v0", "-c", MAKE_CAST.format(cast=CAST, password=PASSWORD))
        write(product, request.module.CHATS)
        stack.enter_context(product)
        yield product


@pytest.fixture
async def alice(library: Product) -> AsyncIterator[Searcher]:
    async with Person(library.url) as person:
        yield Searcher(await person.sign_in("alice", PASSWORD))


@pytest.fixture
async def charlie(library: Product) -> AsyncIterator[Searcher]:
    async with Person(library.url) as person:
        yield Searcher(await person.sign_in("charlie", PASSWORD))
