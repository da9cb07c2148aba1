"""Replies such as models write: some in full, in replies/, and more put together from their like by seed."""

import random
from pathlib import Path

WRITTEN = Path(__file__).with_name("replies")
WORDS = [
    *(
        "the",
        "model",
        "reads",
        "a",
        "file",
        "and",
        "writes",
        "lines",
        "back",
        "so",
        "that",
        "nothing",
        "is",
        "lost",
    ),
    *("für", "schöne", "Grüße", "из", "середины", "数据库", "の", "設定", "مرحبا", "بالعالم", "שלום", "עולם"),
    *(
        "👩\u200d👩\u200d👧",
        "🇩🇪",
        "e\u0301",
        "naïve",
        "3.14",
        "42",
        "$5",
        "100%",
        "C++",
        "snake_case",
        "a<b",
        "x>y",
        "AT&T",
    ),
    *(
        "https://example.org/a_b?c=d&e=f",
        "~/.config",
        "C:\\path",
        "2*3*4",
        "[sic]",
        "(see",
        "below)",
        "“quoted”",
        "—",
    ),
]
LANGUAGES = ["python", "js", "sh", "json", "c++", ""]
CODE = [
    "def total(rows):\n    return sum(row.price * row.count for row in rows)\n",
    "const wait = (ms) => new Promise((done) => setTimeout(done, ms));\n\nawait wait(100);\n",
    'for f in *.txt; do\n  mv "$f" "${f%.txt}.md"\ndone\n',
    '{"a": [1, 2, {"b": null}], "c": "# not a heading"}\n',
    "template <class T>\nT max(T a, T b) { return a < b ? b : a; }\n\n\n// ``\n- no item\n",
]
MATH = ["E = mc^2", "\\frac{a_1}{b^*}", "\\sum_{i=1}^n i^2 = \\frac{n(n+1)(2n+1)}{6}", "a < b \\\\ c & d"]


def replies(count: int) -> list[str]:
    written = [path.read_text() for path in sorted(WRITTEN.glob("*.md"))]
    return written + [_Writer(seed).reply() for seed in range(count - len(written))]


class _Writer:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def reply(self) -> str:
        blocks = [self._block() for _ in range(self.random.randint(2, 6))]
        text = self.random.choice(["\n\n", "\n\n", "\n\n", "\n"]).join(blocks)
        return text if self.random.random() < 0.6 else text[: self.random.randint(1, len(text))]

    def _block(self) -> str:
        kinds = [
            *(self._sentence, self._sentence, self._paragraph, self._heading, self._code, self._code),
            *(self._list, self._list, self._tasks, self._table, self._quote, self._formula, self._links),
            *(self._rule, self._nested, self._list_of_code),
        ]
        return self.random.choice(kinds)()

    def _words(self, most: int = 14) -> str:
        return " ".join(self._word() for _ in range(self.random.randint(1, most)))

    def _word(self) -> str:
        word = self.random.choice(WORDS)
        style = self.random.random()
        if style < 0.06:
            return f"**{word} {self.random.choice(WORDS)}**"
        if style < 0.1:
            return self.random.choice([f"*{word}*", f"_{word}_", f"~~{word}~~", f"***{word}***", f"**{word}"])
        if style < 0.16:
            return self.random.choice([f"`{word}`", f"``{word} ` x``", f"`{word}"])
        if style < 0.2:
            return self.random.choice(
                [f"[{word}](https://example.com/{word})", f"![{word}](https://pics.example/1.png)"]
            )
        if style < 0.24:
            tex = self.random.choice(MATH)
            return self.random.choice([f"\\({tex}\\)", f"$${tex}$$", f"\\[{tex}\\]", f"\\({tex}"])
        return word

    def _sentence(self) -> str:
        return self._words() + self.random.choice([".", "!", "?", ":", ""])

    def _paragraph(self) -> str:
        return self.random.choice(["\n", " ", "  \n", "\\\n"]).join(
            self._sentence() for _ in range(self.random.randint(2, 5))
        )

    def _heading(self) -> str:
        if self.random.random() < 0.2:
            return self._words(4) + "\n" + self.random.choice(["===", "---"])
        return "#" * self.random.randint(1, 4) + " " + self._words(5)

    def _code(self) -> str:
        mark = self.random.choice(["```", "```", "```", "~~~", "````"])
        end = mark if self.random.random() < 0.9 else ""
        return f"{mark}{self.random.choice(LANGUAGES)}\n{self.random.choice(CODE)}{end}"

    def _list(self) -> str:
        mark = self.random.choice(["- ", "* ", "+ ", "1. ", "1) "])
        between = self.random.choice(["\n", "\n", "\n\n"])
        return between.join(mark + self._words(8) for _ in range(self.random.randint(1, 6)))

    def _tasks(self) -> str:
        boxes = ["[ ]", "[x]", "[X]"]
        return "\n".join(
            f"- {self.random.choice(boxes)} {self._words(5)}" for _ in range(self.random.randint(1, 4))
        )

    def _nested(self) -> str:
        lines = []
        for item in range(1, self.random.randint(2, 4)):
            lines.append(f"{item}. {self._words(5)}")
            lines += [f"   - {self._words(5)}" for _ in range(self.random.randint(0, 3))]
            lines += [f"     1. {self._words(3)}" for _ in range(self.random.randint(0, 2))]
        return "\n".join(lines)

    def _list_of_code(self) -> str:
        code = "".join(f"   {line}\n" if line else "\n" for line in self.random.choice(CODE).splitlines())
        return f"1. {self._words(5)}\n\n   ```python\n{code}   ```\n\n2. {self._words(5)}"

    def _table(self) -> str:
        columns = self.random.randint(1, 4)
        marks = ["---", ":--", "--:", ":-:"]
        lines = [
            [self._words(2) for _ in range(columns)],
            [self.random.choice(marks) for _ in range(columns)],
        ]
        lines += [[self._words(3) for _ in range(columns)] for _ in range(self.random.randint(0, 4))]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    def _quote(self) -> str:
        inside = self.random.choice([self._paragraph, self._list, self._code])()
        return "\n".join("> " + line for line in inside.splitlines())

    def _formula(self) -> str:
        tex = self.random.choice(MATH)
        shapes = [
            f"$$\n{tex}\n$$",
            f"\\[\n{tex}\n+ 1\n- 2\n\\]",
            f"$${tex}$$",
            f"\\[ {tex} \\]",
            f"$$\n{tex}\n\nnot closed",
        ]
        return self._words(3) + self.random.choice(["\n", "\n\n"]) + self.random.choice(shapes)

    def _links(self) -> str:
        return f"See [the docs][d] and [d].\n\n[d]: https://example.org/docs '{self._words(2)}'"

    def _rule(self) -> str:
        return self.random.choice(["---", "***", "* * *", "- - -", "___"])
