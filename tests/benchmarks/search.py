"""How long a search takes, and the sidebar: `python -m tests.benchmarks.search`.

100,000 messages in 5,000 conversations of 20 people, with words as frequent as words are (Zipf), a tenth of them Chinese.
The data is made once in the directory given; the times are of the model's verbs, in this process.
"""

import os
import random
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

PEOPLE, CHATS, MESSAGES_EACH = 20, 250, 20
WORDS = 30_000
ROUNDS = 60
QUERIES = {
    "a common word": "wa",
    "a common word, whole": '"wa"',
    "two common words": "wa wb",
    "a rare word": "wzzy",
    "one letter": "w",
    "five words": "wa wb wc wd we",
    "a phrase": '"wa wb"',
    "Chinese, two characters": "天气",
    "Chinese, one character": "天",
    "nothing": "qqqqq",
}
HAN = "天气今日明的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生"


def word(number: int) -> str:
    letters = ""
    while True:
        number, digit = divmod(number, 26)
        letters = chr(97 + digit) + letters
        if not number:
            return f"w{letters}"
        number -= 1


def texts(chance: random.Random) -> Callable[[], str]:
    vocabulary = [word(number) for number in range(WORDS)]
    weights = [1 / (rank + 1) for rank in range(WORDS)]

    def text() -> str:
        length = chance.randint(20, 260)
        if chance.random() < 0.1:
            return "".join(chance.choices(HAN, k=length))
        return " ".join(chance.choices(vocabulary, weights, k=length))

    return text


def fill() -> None:
    from django.contrib.auth.models import User
    from django.db import transaction

    from chat import search
    from chat.models import Conversation, Message, SearchEntry

    chance = random.Random(1)
    text = texts(chance)
    for person in range(PEOPLE):
        user = User.objects.create(username=f"person-{person}")
        with transaction.atomic():
            chats = [Conversation(user=user, title=text()[:60]) for _ in range(CHATS)]
            Conversation.objects.bulk_create(chats)
            rows = [
                Message(id=uuid.uuid4(), conversation=chat, role="user", text=text())
                for chat in chats
                for _ in range(MESSAGES_EACH)
            ]
            Message.objects.bulk_create(rows, 1000)
            entries = [
                SearchEntry(conversation=chat, title=chat.title, created=chat.created) for chat in chats
            ]
            entries += [SearchEntry(conversation=m.conversation, message=m, created=m.created) for m in rows]
            for entry in SearchEntry.objects.bulk_create(entries, 1000):
                search.index().put(entry.pk, user.pk, entry.message.text if entry.message else entry.title)


def sidebar_person() -> Any:
    from django.contrib.auth.models import User

    from chat.models import Conversation, Folder

    user = User.objects.create(username="collector")
    folders = Folder.objects.bulk_create([Folder(user=user, name=f"Folder {n}") for n in range(10)])
    Conversation.objects.bulk_create(
        [
            Conversation(user=user, title=f"Chat {n}", folder=folders[n % 10] if n % 3 == 0 else None)
            for n in range(10_000)
        ],
        1000,
    )
    return user


def measure(work: Callable[[], Any]) -> tuple[float, float]:
    """p50 and p95, in milliseconds."""
    work()
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return took[len(took) // 2], took[int(len(took) * 0.95)]


def main(directory: Path) -> None:
    import django

    os.environ.setdefault("DATA_DIR", str(directory))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from chat.models import SearchEntry
    from chat.models.sidebar import sidebar_of

    call_command("migrate", verbosity=0)
    if not User.objects.exists():
        fill()
    user = User.objects.get(username="person-7")
    print("| searched for | conversations | p50, ms | p95, ms |\n| --- | --- | --- | --- |")
    for name, query in QUERIES.items():
        found = len(SearchEntry.objects.search(user, query).found)
        middle, late = measure(lambda query=query: SearchEntry.objects.search(user, query))  # type: ignore[misc]
        print(f"| {name} | {found} | {middle:.1f} | {late:.1f} |", flush=True)
    collector = User.objects.filter(username="collector").first() or sidebar_person()
    middle, late = measure(lambda: sidebar_of(collector, 100))
    print(f"\nsidebar of 10,000 conversations: {middle:.1f} / {late:.1f} ms")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".artifacts/search"))
