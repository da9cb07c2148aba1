"""Tokens, estimated from characters: each model has a vocabulary of its own, and few servers say what it makes of a text.

static/js/composer/tokens.js counts by the same rule, and a test holds the two together.
"""

import json
import re

from chat.providers.base import Prompt, Said

# In twelfths of a token. A Latin letter is a quarter of one, and so are blanks; marks are what makes code dearer than prose.
LETTER, DIGIT, MARK, FOREIGN, WIDE, ASTRAL = 3, 4, 6, 6, 12, 24
WHOLE = 12
DIGITS = b"0123456789"
MARKS = b"\n!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
WIDE_SCRIPTS = re.compile("[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]")
BEYOND = re.compile("[\U00010000-\U0010ffff]")

# What a message takes beside its words, and what a picture takes, whatever its size.
MESSAGE_TOKENS = 4
IMAGE_TOKENS = 1_000


def tokens_of(text: str) -> int:
    plain = text.encode("ascii", "ignore")
    digits = len(plain) - len(plain.translate(None, DIGITS))
    marks = len(plain) - len(plain.translate(None, MARKS))
    wide = astral = 0
    if len(plain) < len(text):
        wide, astral = len(WIDE_SCRIPTS.findall(text)), len(BEYOND.findall(text))
    foreign = len(text) - len(plain) - wide - astral
    letters = len(plain) - digits - marks
    parts = letters * LETTER + digits * DIGIT + marks * MARK + foreign * FOREIGN + wide * WIDE
    return -(-(parts + astral * ASTRAL) // WHOLE)


def tokens_of_said(said: Said) -> int:
    tokens = MESSAGE_TOKENS + tokens_of(said.text) + IMAGE_TOKENS * len(said.images)
    tokens += sum(MESSAGE_TOKENS + tokens_of(call.name + call.arguments) for call in said.calls)
    return tokens + sum(MESSAGE_TOKENS + tokens_of(result.text) for result in said.results)


def tokens_around(prompt: Prompt) -> int:
    """What the prompt takes beside its messages."""
    tokens = MESSAGE_TOKENS + tokens_of(prompt.system) if prompt.system else 0
    for tool in prompt.tools:
        tokens += MESSAGE_TOKENS + tokens_of(f"{tool.name}{tool.description}{json.dumps(dict(tool.schema))}")
    return tokens + (tokens_of(json.dumps(dict(prompt.schema))) if prompt.schema else 0)


def tokens_of_prompt(prompt: Prompt) -> int:
    return tokens_around(prompt) + sum(map(tokens_of_said, prompt.messages))
