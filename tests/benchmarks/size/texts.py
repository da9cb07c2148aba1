"""What people might have said, as far as a database cares: words as frequent as words are, in texts as long as texts are."""

import html
import json
import random
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from chat.search.base import words_of

COMMON = """
the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you
were all her she there would their we him been has when who will no more if out so up said what its about than into them
can only other time new some could these two may first then do any like my now over
"""
SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu za bri cla dre flo gra pli stu tra"
VOCABULARY, RARE, POOL = 30_000, 20_000, 3_000


@dataclass(frozen=True)
class Said:
    text: str

    @cached_property
    def words(self) -> list[str]:
        return words_of(self.text)

    @cached_property
    def parts(self) -> str:
        return json.dumps([{"type": "text", "text": self.text}])

    @cached_property
    def html(self) -> str:
        return f"<p>{html.escape(self.text)}</p>\n"


class Texts:
    """Some thousand texts, of which each message takes one. One in twenty is Chinese."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        made = {
            "".join(chance.choices(SYLLABLES.split(), k=chance.choice((2, 3, 3, 4))))
            for _ in range(2 * VOCABULARY)
        }
        self._vocabulary = [*COMMON.split(), *sorted(made)][:VOCABULARY]
        self._weights = list(accumulate(1 / rank for rank in range(1, len(self._vocabulary) + 1)))
        self._questions = [self._text(4, 40) for _ in range(POOL)]
        self._answers = [self._text(20, 260) for _ in range(POOL)]

    def question(self) -> Said:
        return self._chance.choice(self._questions)

    def answer(self) -> Said:
        return self._chance.choice(self._answers)

    def title(self) -> str:
        return self.question().text[:60].strip()

    def rare(self) -> str:
        """A word that few other messages have."""
        return f"zq{self._chance.randrange(RARE)}"

    def _text(self, least: int, most: int) -> Said:
        length = self._chance.randint(least, most)
        if self._chance.random() < 0.05:
            return Said("".join(chr(self._chance.randint(0x4E00, 0x4E00 + 1500)) for _ in range(length)))
        words = self._chance.choices(self._vocabulary, cum_weights=self._weights, k=length)
        return Said(" ".join(words).capitalize() + ".")
