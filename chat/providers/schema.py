"""What the JSON schema of an answer allows a server to promise."""

from collections.abc import Mapping
from typing import Any


def is_strict(schema: Any) -> bool:
    """Whether OpenAI's strict mode takes it: each object names all of its properties, requires all, and allows no other."""
    if isinstance(schema, list):
        return all(map(is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties")
        if not isinstance(properties, Mapping) or schema.get("additionalProperties") is not False:
            return False
        if set(schema.get("required") or ()) != set(properties):
            return False
        return all(map(is_strict, properties.values()))
    return all(is_strict(value) for value in schema.values() if isinstance(value, Mapping | list))
