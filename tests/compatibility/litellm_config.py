"""The configuration of a LiteLLM proxy whose models are mocks, but for one that is llama.cpp's."""

import json

LONG = " ".join(f"word{number}" for number in range(20_000))
MOCKS = {"long": LONG, "busy": "litellm.RateLimitError", "too-long": "litellm.ContextWindowExceededError"}


def mock(name: str, response: str) -> dict[str, object]:
    parameters = {"model": f"openai/{name}", "api_key": "dummy", "mock_response": response}
    return {"model_name": name, "litellm_params": parameters}


THROUGH = {
    "model_name": "through",
    "litellm_params": {
        "model": "openai/tiny.gguf",
        "api_base": "http://127.0.0.1:9002/v1",
        "api_key": "dummy",
    },
}

if __name__ == "__main__":
    models = [*(mock(name, response) for name, response in MOCKS.items()), THROUGH]
    # JSON is YAML.
    print(json.dumps({"model_list": models, "general_settings": {"master_key": "sk-compatibility"}}))
