"""`python -m tests.benchmarks.long`: how long the server takes to show a conversation of 5,000 messages.

Beside it a conversation of 10 messages, in a database of 20,000 others. The times are those of whole HTTP requests to the
running product, one at a time. It writes its table into docs/benchmarks.md.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks import report
from tests.product import PASSWORD, ROOT, Product, Template
from tests.viewers import Person

ROUNDS = 30
FILL = """
from django.contrib.auth.models import User
from django.utils import timezone
from chat import markdown
from chat.models import Conversation, Message, Model, Turn
from tests.admin import chats

alice = User.objects.get(username="alice")
chats.many(User.objects.get(username="bob"), 5_000, exchanges=2)
text = ("Some **words** of a usual reply, with `code` in it.\\n\\n- one\\n- two\\n- three\\n\\n" * 8)
html = markdown.render(text)

def talk(length):
    chat = Conversation.objects.create(user=alice, title=f"{length} messages", model=chats.model())
    messages, turns, at = [], [], None
    ended = {"user": alice, "model": chat.model, "model_name": "tiny", "status": "complete", "finished": timezone.now()}
    for number in range(length // 2):
        others = 1 + (number % 10 == 0)
        for _ in range(others):
            question = Message(conversation=chat, parent=at, role="user", text=f"Question {number}")
            answer = Message(conversation=chat, parent=question, role="assistant", text=text, html=html)
            messages += [question, answer]
            turns.append(Turn(**ended, message=answer, key=str(answer.pk)))
        at = answer
    Message.objects.bulk_create(messages, 500)
    Turn.objects.bulk_create(turns, 500)
    chat.leaf = at
    chat.save()
    path = chat.path()
    assert len(path) == length
    print(chat.pk, path[-200].pk if length > 200 else path[0].pk, path[-30].pk if length > 30 else path[-1].pk)

talk(10)
talk(5_000)
"""


async def measured(product: Product, addresses: dict[str, str]) -> dict[str, tuple[float, float, float]]:
    """By what is asked for: median and 95th percentile in milliseconds, and kilobytes."""
    seen = {}
    async with Person(product.url) as alice:
        await alice.sign_in("alice", PASSWORD)
        for name, address in addresses.items():
            headers = {"HX-Request": "true"} if "?" in address else {}
            times = []
            for number in range(ROUNDS + 2):
                began = time.perf_counter()
                async with alice.web.get(product.url + address, headers=headers) as answer:
                    body = await answer.read()
                    assert answer.status == 200, (name, answer.status, body[:300])
                times += [(time.perf_counter() - began) * 1000] if number >= 2 else []
            seen[name] = (statistics.median(times), sorted(times)[int(len(times) * 0.95)], len(body) / 1000)
    return seen


def table(seen: dict[str, tuple[float, float, float]]) -> str:
    lines = [
        "| asked for | median, ms | 95 of 100 within, ms | KB before compression |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {name} | {half:.0f} | {most:.0f} | {size:.0f} |" for name, (half, most, size) in seen.items()
    ]
    return "\n".join(lines)


def main() -> int:
    with (
        tempfile.TemporaryDirectory() as place,
        Product(Template(Path(place) / "template"), Path(place) / "product") as product,
    ):
        short, long = (line.split() for line in product.manage("shell", "-v0", "-c", FILL).splitlines()[-2:])
        page = f"/conversations/{long[0]}/"
        seen = asyncio.run(
            measured(
                product,
                {
                    "a conversation of 10 messages, its page": f"/conversations/{short[0]}/",
                    "one of 5,000, its page": page,
                    "30 messages before those": f"{page}?before={long[2]}",
                    "the last 200 again": f"{page}?from={long[1]}",
                },
            )
        )
    print(table(seen))
    report.write(ROOT / "docs" / "benchmarks.md", {"long": table(seen)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
