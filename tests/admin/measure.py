"""How quick the admin is with many conversations: `python -m tests.admin.measure 100000`.

It fills a database of its own under the directory given by DATA_DIR, which should be an empty one.
"""

import os
import statistics
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from chat.models import Conversation  # noqa: E402
from tests.admin import chats  # noqa: E402

ROUNDS = 7
OWNERS = 50


def fill(count: int) -> None:
    call_command("migrate", verbosity=0)
    if Conversation.objects.exists():
        return
    User.objects.create_superuser("root")
    owners = [User.objects.create_user(f"person{number}") for number in range(OWNERS)]
    for owner in owners:
        chats.many(owner, count // OWNERS, exchanges=2)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def pages() -> dict[str, str]:
    some = Conversation.objects.order_by("updated")[Conversation.objects.count() // 2]
    day = Conversation.objects.latest("updated").updated.date()
    conversations, turns = "/admin/chat/conversation/", "/admin/chat/turn/"
    return {
        "conversations": conversations,
        "conversations, page 60": f"{conversations}?p=60",
        "conversations, found by title": f"{conversations}?q=number+1234",
        "conversations, found by owner": f"{conversations}?q=person33",
        "conversations, nothing found": f"{conversations}?q=xyzzy",
        "conversations, of a day": f"{conversations}?day={day}",
        "conversations, of a model": f"{conversations}?model__id__exact={some.model_id}",
        "a transcript": f"{conversations}{some.pk}/change/",
        "turns": turns,
        "turns, failed": f"{turns}?status__exact=failed",
        "turns, of a model and a day": f"{turns}?model__id__exact={some.model_id}&day={day}",
    }


def measure(client: Client, path: str) -> tuple[float, int]:
    """Milliseconds in the middle, and queries."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        assert client.get(path).status_code == 200, path
        times.append(time.perf_counter() - began)
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return statistics.median(times) * 1000, len(queries)


def main() -> None:
    fill(int(sys.argv[1]))
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    client = Client()
    client.force_login(User.objects.get(username="root"), backend="chat.accounts.Accounts")
    print(f"{Conversation.objects.count():,} conversations, {connection.vendor}\n")
    print("| page | ms | queries |\n| --- | ---: | ---: |")
    for name, path in pages().items():
        took, queries = measure(client, path)
        print(f"| {name} | {took:.0f} | {queries} |")


if __name__ == "__main__":
    main()
