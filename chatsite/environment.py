"""What the environment says, for settings.py: in words that name the variable where it says nonsense."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def env(name: str, default: str = "") -> str:
    """The value of `name`, or the content of the file that `name_FILE` points at."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE={path} cannot be read: {error.strerror}.") from error
    return os.environ.get(name, default)


def env_bool(name: str, default: str = "") -> bool:
    return env(name, default).strip().lower() in {"1", "true", "yes", "on"}


def env_list(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in env(name, default).split(",") if item.strip()]


def env_pairs(name: str) -> dict[str, str]:
    pairs = [item.partition("=") for item in env_list(name)]
    if wrong := [key for key, equals, value in pairs if not (key and equals and value)]:
        raise ImproperlyConfigured(f"{name} must be a list of name=value, and {wrong[0]!r} is none.")
    return {key.strip(): value.strip() for key, _, value in pairs}


def env_number(name: str, default: float) -> float:
    text = env(name)
    try:
        return float(text) if text else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a number, not {text!r}.") from error


def kept_secret(path: Path) -> str:
    """A secret made on first start and kept beside the data, readable by its owner alone."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    return path.read_text().strip()
