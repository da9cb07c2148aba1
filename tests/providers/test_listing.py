"""What servers' lists say of their models, each in words of its own; rows as they were seen, and rows that lie."""

from decimal import Decimal

import pytest

from chat.providers.listing import Offer, offer_of, offers_in

SAID = {
    "vLLM": ({"max_model_len": 32768}, {"context_window": 32768}),
    "Groq": (
        {"context_window": 131072, "max_completion_tokens": 8192},
        {"context_window": 131072, "max_output": 8192},
    ),
    "Mistral": (
        {"max_context_length": 32000, "capabilities": {"function_calling": True, "vision": False}},
        {"context_window": 32000, "takes_tools": True, "takes_images": False},
    ),
    "OpenRouter": (
        {
            "context_length": 200000,
            "architecture": {"input_modalities": ["text", "image"]},
            "pricing": {"prompt": "0.000003", "completion": "0.000015"},
            "top_provider": {"context_length": 190000, "max_completion_tokens": 64000},
            "supported_parameters": ["temperature", "tools"],
        },
        {
            "context_window": 200000,
            "max_output": 64000,
            "input_price": Decimal(3),
            "output_price": Decimal(15),
            "takes_tools": True,
            "takes_images": True,
            "reasons": False,
        },
    ),
    "OpenAI": ({"object": "model", "created": 1, "owned_by": "x"}, {}),
}


@pytest.mark.parametrize("server", SAID)
def test_each_server_is_understood(server):
    row, told = SAID[server]
    assert offer_of("m", row) == Offer("m", **told)


@pytest.mark.parametrize(
    "row",
    [
        {"context_length": -1, "max_completion_tokens": True},
        {"context_length": "32768", "max_model_len": 10**30},
        {"pricing": {"prompt": "-1", "completion": "NaN"}},
        {"pricing": {"prompt": "free", "completion": "1e999999"}},
        {"pricing": "0.1", "architecture": [], "top_provider": None, "capabilities": "all"},
        {"supported_parameters": "tools", "pricing": {"prompt": 0.5, "completion": "9" * 100}},
    ],
)
def test_what_cannot_be_is_not_known(row):
    assert offer_of("m", row) == Offer("m")


def test_names_are_those_that_were_found_and_rows_of_other_kinds_are_no_matter():
    document = {"data": [{"id": "a", "max_model_len": 5}, "b", {"id": ["c"]}, {"id": "a2"}]}
    assert offers_in(document, ["a", "a2"]) == [Offer("a", 5), Offer("a2")]
