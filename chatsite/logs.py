"""What is logged and how, for settings.py: ids, never contents."""

from typing import Any


def logging_of(level: str, form: str) -> dict[str, Any]:
    """The configuration of Python's `logging`; `form` is `line` or `json`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "chat.telemetry.logs.LineFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            },
            "json": {"()": "chat.telemetry.logs.JsonFormatter"},
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "json" if form == "json" else "line"}
        },
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "chat": {"level": level},
            "django.request": {"level": "ERROR"},
            # It logs what servers of tools answer; what of it matters is told as an error.
            "mcp": {"level": "CRITICAL"},
        },
    }
