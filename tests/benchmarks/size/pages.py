"""The pages that are measured: of a person with 10,000 conversations, of one with a long one, and of an administrator."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Count
from django.test import Client
from django.urls import reverse

from chat.admin.lists import LookOnly
from chat.models import Conversation, Folder, Spending, Trace, Turn
from tests.benchmarks.size.people import COLLECTORS, LONG

SEARCHES = {
    "a rare word": "zq77",
    "a word of a conversation or two": "zq123 babaxo",
    "a common word, whole": '"the"',
    "a common word, and all that begin with it": "the",
    "two common words": "the and",
    "five common words": "the of and to in",
    "a common word with a rare one": "the zq77",
    "a phrase of two common words": '"of the"',
    "two letters with which many words begin": "ba",
    "one letter with which many words begin": "b",
    "five letters, each a beginning": "a b c d e",
    "Chinese, two characters": "\u4e10\u4e20",
    "Chinese, one character": "\u4e10",
    "nothing that is there": "xyzzy",
}


@dataclass(frozen=True)
class Page:
    group: str
    name: str
    user: User
    address: str
    is_htmx: bool = False

    def get(self, client: Client) -> int:
        """How many bytes came."""
        headers = {"HX-Request": "true"} if self.is_htmx else {}
        answer: Any = client.get(self.address, headers=headers, follow=True)
        assert answer.status_code == 200, (self.address, answer.status_code)
        return asyncio.run(_read(answer)) if answer.streaming else len(answer.content)


async def _read(answer: Any) -> int:
    return sum([len(piece) async for piece in answer.streaming_content])


def pages() -> Iterator[Page]:
    yield from _of_collector(User.objects.get(pk=1))
    yield from _of_reader(User.objects.get(pk=COLLECTORS + LONG))
    yield from _admin(User.objects.get(username="root"))


def _of_collector(user: User) -> Iterator[Page]:
    """Of a person with 10,000 conversations."""
    usual = Conversation.objects.visible_to(user).listed().order_by("-updated")[7]
    folder = Folder.objects.visible_to(user)[3]
    manage = reverse("manage")
    addresses = {
        "new chat": "/",
        "the sidebar": "/conversations/",
        "the sidebar, 2,000 rows": "/conversations/?rows=2000",
        "all conversations": manage,
        "the hundredth page of them": f"{manage}?page=90",
        "those in the archive": f"{manage}?archived=1",
        "those in a folder": f"{manage}?folder={folder.pk}",
        "those with a word in their title": f"{manage}?q=the",
        "a conversation": usual.get_absolute_url(),
        "its settings, with what it cost": reverse("conversation_settings", args=[usual.pk]),
        "its export": f"{reverse('conversation_export', args=[usual.pk])}?format=json",
        "settings, with what a month cost": "/settings/",
        "links": "/shares/",
    }
    for name, address in addresses.items():
        yield Page("person", name, user, address, "rows" in address or address == "/conversations/")
    for name, query in SEARCHES.items():
        yield Page("search", name, user, f"/search/?{urlencode({'q': query})}", is_htmx=True)


def _of_reader(user: User) -> Iterator[Page]:
    """Of a person with a conversation of 5,000 messages."""
    chat = Conversation.objects.visible_to(user).annotate(length=Count("messages")).order_by("-length")[0]
    path = chat.path()
    beside = chat.messages.exclude(pk__in=[each.pk for each in path]).order_by("created").first()
    page = chat.get_absolute_url()
    assert beside
    addresses = {
        "a conversation of 5,000 messages": page,
        "30 messages before those": f"{page}?before={path[-30].pk}",
        "its beginning": f"{page}?before={path[20].pk}",
        "one that was found far up": f"{page}?from={path[2000].pk}",
        "a message in a branch that is not shown": f"{page}?from={beside.pk}",
        "its settings, with what it cost": reverse("conversation_settings", args=[chat.pk]),
        "its export as JSON": f"{reverse('conversation_export', args=[chat.pk])}?format=json",
        "its export as Markdown": f"{reverse('conversation_export', args=[chat.pk])}?format=markdown",
    }
    for name, address in addresses.items():
        yield Page("long", name, user, address)
    # As a page asks for them that shows so many.
    yield Page("long", "its last 200 messages", user, f"{page}?from={path[-200].pk}", is_htmx=True)


def _admin(root: User) -> Iterator[Page]:
    yield Page("admin", "its first page", root, "/admin/")
    for model, options in admin.site._registry.items():
        info = model._meta.app_label, model._meta.model_name
        address, name = reverse("admin:{}_{}_changelist".format(*info)), str(model._meta.verbose_name_plural)
        yield Page("admin", name, root, address)
        if options.search_fields:
            yield Page("admin", f"{name}, of a person", root, f"{address}?q=person-77")
            yield Page("admin", f"{name}, nothing found", root, f"{address}?q=xyzzy")
            yield Page("admin", f"{name}, a common word", root, f"{address}?q=the")
        for label, query in _filters(root, address):
            yield Page("admin", f"{name}, {label}", root, f"{address}{query}")
        for column, field in enumerate(options.list_display, 1):
            for sign in ("", "-") if options.sortable_by is None or field in options.sortable_by else ():
                yield Page("admin", f"{name}, by {sign}{field}", root, f"{address}?o={sign}{column}")
        if isinstance(options, LookOnly):
            yield Page("admin", f"{name}, a late page", root, f"{address}?p=90")
    yield from _details(root)


def _filters(root: User, address: str) -> Iterator[tuple[str, str]]:
    """The first and the last choice of each filter, beside `all`."""
    client = Client()
    client.force_login(root, backend="chat.accounts.Accounts")
    listed: Any = client.get(address).context_data["cl"]
    for spec in listed.filter_specs:
        choices = list(spec.choices(listed))[1:]
        for choice in {str(each["query_string"]): each for each in (choices[:1] + choices[-1:])}.values():
            yield f"{spec.title}: {choice['display']}", choice["query_string"]


def _details(root: User) -> Iterator[Page]:
    long = Conversation.objects.annotate(length=Count("messages")).order_by("-length")[0]
    turn, trace = Turn.objects.order_by("-requested")[5], Trace.objects.order_by("-created")[5]
    spent = Spending.objects.order_by("-day")[0]
    details = {
        "a transcript of 5,000 messages": ("chat_conversation_change", long.pk),
        "a reply": ("chat_turn_change", turn.pk),
        "the stream of a reply": ("chat_trace_change", trace.pk),
        "an account": ("auth_user_change", spent.user_id),
    }
    for name, (route, pk) in details.items():
        yield Page("admin", name, root, reverse(f"admin:{route}", args=[pk]))
    yield Page("admin", "an account, about to be deleted", root, reverse("admin:auth_user_delete", args=[77]))
