"""What a server's list says of its models, beside their names: each server in words of its own, and many say nothing.

Nothing here is known from elsewhere. What is absent, or cannot be, is None: an administrator may know better.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

MILLION = 1_000_000
MOST_TOKENS = 100_000_000
MOST_PRICE = 100_000

# Groq and LiteLLM, OpenRouter and Together, vLLM, LM Studio and Mistral.
_WINDOWS = ("context_window", "context_length", "max_model_len", "max_context_length")
_OUTPUTS = ("max_completion_tokens", "max_output_tokens")


@dataclass(frozen=True, slots=True)
class Offer:
    """A model as its server lists it. Tokens, and prices for a million of them; None where the server does not say."""

    name: str
    context_window: int | None = None
    max_output: int | None = None
    input_price: Decimal | None = None
    output_price: Decimal | None = None
    takes_tools: bool | None = None
    takes_images: bool | None = None
    reasons: bool | None = None


@runtime_checkable
class Catalogue(Protocol):
    """A provider whose server may tell more of its models than their names."""

    async def offers(self) -> list[Offer]: ...


def offers_in(document: Any, names: list[str]) -> list[Offer]:
    """Those of `names` in a list as OpenAI's servers have it, in which the names were found."""
    rows: list[Any] = document.get("data", []) if isinstance(document, dict) else document
    told = {row.get("id"): row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)}
    return [offer_of(name, told.get(name, {})) for name in names]


def offer_of(name: str, row: Mapping[str, Any]) -> Offer:
    provider, pricing = _table(row, "top_provider"), _table(row, "pricing")
    parameters = row.get("supported_parameters")
    inputs = _table(row, "architecture").get("input_modalities")
    capable = _table(row, "capabilities")
    return Offer(
        name,
        context_window=_first(row, _WINDOWS) or _first(provider, _WINDOWS),
        max_output=_first(row, _OUTPUTS) or _first(provider, _OUTPUTS),
        input_price=_price(pricing.get("prompt")),
        output_price=_price(pricing.get("completion")),
        takes_tools=_names(parameters, "tools", capable.get("function_calling")),
        takes_images=_names(inputs, "image", capable.get("vision")),
        reasons=_names(parameters, "reasoning", capable.get("reasoning")),
    )


def _table(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = row.get(name)
    return value if isinstance(value, dict) else {}


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    values = (row.get(name) for name in names)
    return next((v for v in values if type(v) is int and 0 < v < MOST_TOKENS), None)


def _price(said: Any) -> Decimal | None:
    """OpenRouter's way: a decimal in text, for one token. Where the price depends on what answers, it is -1."""
    if not isinstance(said, str) or len(said) > 40:
        return None
    try:
        price = Decimal(said) * MILLION
        return price.quantize(Decimal("0.0001")) if 0 <= price < MOST_PRICE else None
    except ArithmeticError:  # no number, or one of a million digits
        return None


def _names(listed: Any, name: str, flag: Any) -> bool | None:
    if isinstance(listed, list):
        return name in listed
    return flag if isinstance(flag, bool) else None
