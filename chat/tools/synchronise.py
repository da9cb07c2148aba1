"""Rows for the tools of settings.TOOLS, which an administrator then enables, restricts, or has ask."""

from chat.models import Tool

from . import installed


def synchronise() -> None:
    """Add what is new, and mark what is gone. What an administrator has set stays; what the code says of a tool is renewed.

    A tool that changes nothing and asks nobody is enabled at once, unless it says otherwise.
    """
    functions = installed()
    for name, function in functions.items():
        described = {
            "description": function.spec.description,
            "schema": function.spec.schema,
            "has_effects": function.has_effects,
            "gone": False,
        }
        first = {**described, "approval": function.approval, "enabled": function.enabled}
        Tool.objects.update_or_create(name=name, server=None, defaults=described, create_defaults=first)
    Tool.objects.filter(server=None).exclude(name__in=functions).update(gone=True)
