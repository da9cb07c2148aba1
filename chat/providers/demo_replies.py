"""What the demo says. Chosen by the words of the question alone, so that it can be told in advance."""

import re
from collections.abc import Callable
from zlib import crc32

from .base import Prompt

LONG_BYTES = 100_000
TITLE_WORDS = 6

OPENING = (
    "I am the **demo**, not a language model: this text is ready-made, and only its journey to you is real.",
    "You are talking to the built-in **demo**. Nothing here thinks; its words were written in advance.",
    "No language model is connected yet, so the **demo** answers, with a text that was written in advance.",
)
CONNECT = """\
### To talk to a real model

Set `OPENAI_API_KEY` (and `OPENAI_BASE_URL` for a server other than OpenAI's) and start again, or let an \
administrator add a provider under **Administration**. A model served by Ollama on this machine is found by \
itself."""

STREAMING = """\
## How a reply reaches your screen

1. You press *Send*. The question is stored before anything else happens.
2. A **turn** is put in a queue. Whoever takes it asks the model's server for a stream.
3. The server sends a few characters at a time. Each piece is written to a journal, and shown when it is safe.
4. Your browser follows the journal from a *cursor*, the last place it has seen.

If the connection is lost, the browser comes back with its cursor and gets what it missed, each character \
once. Try it: reload this page while I am still writing."""

WEEKEND = """\
## A quiet weekend by the sea

**Saturday**

- Breakfast late, at the harbour, with a view of the boats
- A walk along the shore until the houses end
- An afternoon with a book; a swim if the water allows
- Fish soup in the old town

**Sunday**

- The market before the crowds
- A ferry to the other side, and the slow way back
- Coffee, cake, and the evening train

> Leave one hour of each day without a plan. It will be the one you remember."""

LETTER = """\
Dear neighbour,

I hope that you have settled in well. In the evenings your music comes through our wall rather clearly, most \
of all after ten. Might you turn it down a little from then on, or move the loudspeaker from that side? We \
would be glad to do the same for you, whenever something of ours is too loud. With thanks, and with an \
invitation to coffee,

*the people next door*"""

COMPARISON = """\
## SQLite and PostgreSQL for a small web application

| | SQLite | PostgreSQL |
|---|---|---|
| To run it | nothing: a file | a server of its own |
| Writers at once | one, the others wait | many |
| Several machines | no | yes |
| Backup | copy a file, with `.backup` | `pg_dump`, or replication |

**Begin with SQLite** where one machine is enough. Have it wait rather than fail:

```sql
PRAGMA journal_mode = WAL;
PRAGMA busy_timeout = 20000;
```

Change to PostgreSQL when a second machine has to write, not before."""

CODE = """\
Here is a small function, with a test:

```python
def words(text: str) -> dict[str, int]:
    \"\"\"How often each word occurs.\"\"\"
    counts: dict[str, int] = {}
    for word in text.casefold().split():
        counts[word] = counts.get(word, 0) + 1
    return counts


assert words("one two One") == {"one": 2, "two": 1}
```

- `casefold` treats `One` and `one` alike, in more languages than `lower` does.
- A dictionary keeps the order in which the words first came."""

FIBONACCI = r"""
## Fibonacci numbers

Each number is the sum of the two before it: 0, 1, 1, 2, 3, 5, 8, 13, … In a formula, with \(F_0 = 0\) and \(F_1 = 1\):

$$
F_n = F_{n-1} + F_{n-2} = \frac{\varphi^n - \psi^n}{\sqrt{5}}, \qquad \varphi = \frac{1 + \sqrt{5}}{2},\ \psi = 1 - \varphi
$$

In Python, without a recursion that would compute the same numbers again and again:

```python
from itertools import islice


def fibonacci():
    '''Every Fibonacci number, from 0 on.'''
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


print(*islice(fibonacci(), 10))  # 0 1 1 2 3 5 8 13 21 34
```

Why the recursion is slow shows in a diagram of its calls, in which `F(2)` occurs twice:

```mermaid
flowchart TD
    A["F(4)"] --> B["F(3)"] & C["F(2)"]
    B --> D["F(2)"] & E["F(1)"]
    C --> F["F(1)"] & G["F(0)"]
    D --> H["F(1)"] & I["F(0)"]
```

| n | \(F_n\) | ratio to the one before |
|--:|--:|--:|
| 5 | 5 | 1.667 |
| 10 | 55 | 1.618 |
| 20 | 6,765 | 1.618 |
""".strip()

GREETING = """\
Hello! Ask me anything, and I will answer something: I know a few topics by heart, and for all the others I \
have a general reply. Try one of the examples of an empty chat, or ask for something *very long*."""

GENERAL = (
    """\
A real model would now take your question apart. I can only show how its answer would look:

- **lists**, for steps and choices
- `code`, for what is to be typed
- *emphasis*, where a word matters

Symbols of all kinds arrive whole: ä, ß, 日本語, العربية, 👩‍👩‍👧‍👦, ∑ xᵢ².""",
    """\
Had you asked a real model, this would be its answer. Watch what you can do meanwhile:

1. Press **Stop**. What was shown is kept.
2. Reload the page, or close it and come back. The reply goes on without you.
3. Open the same chat on your phone. Both show the same text.""",
    """\
Let me use the time to say what you see here. Each piece of this reply was *stored before it was shown*; if \
the server were switched off in the middle of this sentence, you would find every character of it again.

> Nothing that was shown is ever taken back.""",
)

CONTINUE = re.compile("continue exactly where you stopped", re.IGNORECASE)
CONTINUED = "\n\n(The demo has no more to say than this. A model that is connected might.)"

_TOPICS: tuple[tuple[str, str | Callable[[], str]], ...] = (
    (r"very long|sehr lang", lambda: long_reply()),
    (r"\bstream|token|reaches? my screen|reply travel", STREAMING),
    (r"weekend|holiday|trip|travel|city by the sea", WEEKEND),
    (r"letter|e-?mail|neighbou?r", LETTER),
    (r"fibonacci", FIBONACCI),
    (r"sqlite|postgres|database|compare", COMPARISON),
    (r"\bcode\b|python|function|program", CODE),
    (r"^\W*(hi|hello|hey|hallo|good (morning|evening)|test)\b", GREETING),
)


def reply_to(prompt: Prompt) -> str:
    """The same words for the same question, at any time and on any machine."""
    *before, last = prompt.messages
    if CONTINUE.search(last.text) and before:
        whole = _reply(before[-2].text if len(before) > 1 else "")
        rest = whole.removeprefix(before[-1].text)
        return CONTINUED if rest in ("", whole) else rest
    return _reply(last.text)


def title_of(prompt: Prompt) -> str:
    """The beginning of the first question: what the demo answers where a whole answer is asked for, which is for a title."""
    words = re.findall(r"\w[\w'’-]*", prompt.messages[0].text)
    title = " ".join(words[:TITLE_WORDS])
    return title[:1].upper() + title[1:]


def _reply(question: str) -> str:
    return "\n\n".join([_one_of(OPENING, question), _body(question), CONNECT])


def long_reply() -> str:
    """About 100 KB of numbered sections, each of them different."""
    sections: list[str] = []
    size = 0
    while size < LONG_BYTES:
        sections.append(_section(len(sections) + 1))
        size += len(sections[-1].encode()) + 2
    return "\n\n".join(sections)


def _section(number: int) -> str:
    lines = "\n".join(
        f"{step}. Step {step} of section {number} is as plain as the one before it." for step in (1, 2, 3)
    )
    return f"## Section {number}\n\n{_one_of(GENERAL, str(number))}\n\n{lines}"


def _body(question: str) -> str:
    for words, reply in _TOPICS:
        if re.search(words, question, re.IGNORECASE):
            return reply if isinstance(reply, str) else reply()
    return _one_of(GENERAL, question)


def _one_of(choices: tuple[str, ...], text: str) -> str:
    return choices[crc32(text.encode(errors="replace")) % len(choices)]
