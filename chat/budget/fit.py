"""Whole exchanges are left out of a prompt, the oldest first, until the rest of it fits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chat.providers.base import Prompt, Said

from .estimate import tokens_around, tokens_of_said

# Where nobody says how long an answer may be, so much of the window is kept free for it.
ANSWER_SHARE = 4
MOST_OF_WINDOW = 2


@dataclass(frozen=True, slots=True)
class Fitted:
    """`exchanges`: how many were left out; `tokens`: what the prompt takes, by the estimate and without any scale."""

    prompt: Prompt
    exchanges: int
    tokens: int


def reserve_of(window: int, max_tokens: int | None, max_output: int | None) -> int:
    """What of a window is kept free for the answer: what was asked for, else a share; never more than half."""
    wanted = max_tokens or min(max_output or window, window // ANSWER_SHARE)
    return min(wanted, window // MOST_OF_WINDOW)


def fit(prompt: Prompt, window: int | None, reserve: int, *, scale: float = 1, kept: int = 1) -> Fitted:
    """The prompt without its oldest exchanges, as far as it has to be.

    The last `kept` exchanges stay whatever they take, and so does what the system says. `scale` is what a token of ours is
    worth in tokens of the model; a `window` that is not known holds everything.
    """
    exchanges = _exchanges(prompt.messages)
    sizes = [sum(map(tokens_of_said, exchange)) for exchange in exchanges]
    tokens = tokens_around(prompt) + sum(sizes)
    left_out = 0
    while window is not None and tokens * scale > window - reserve and left_out < len(exchanges) - kept:
        tokens -= sizes[left_out]
        left_out += 1
    return Fitted(_without(prompt, exchanges, left_out), left_out, tokens)


def half(prompt: Prompt, *, kept: int = 1) -> Fitted:
    """For a server that says that the prompt is too long, without the older half of the exchanges."""
    exchanges = _exchanges(prompt.messages)
    left_out = min((len(exchanges) + 1) // 2, max(0, len(exchanges) - kept))
    shorter = _without(prompt, exchanges, left_out)
    tokens = tokens_around(shorter) + sum(map(tokens_of_said, shorter.messages))
    return Fitted(shorter, left_out, tokens)


def _without(prompt: Prompt, exchanges: Sequence[Sequence[Said]], count: int) -> Prompt:
    if not count:
        return prompt
    return replace(prompt, messages=[said for exchange in exchanges[count:] for said in exchange])


def _exchanges(messages: Sequence[Said]) -> list[list[Said]]:
    """Each begins with what a person said. Results of tools begin none: they belong to the calls before them."""
    exchanges: list[list[Said]] = []
    for said in messages:
        if not exchanges or (said.role == "user" and not said.results):
            exchanges.append([])
        exchanges[-1].append(said)
    return exchanges
