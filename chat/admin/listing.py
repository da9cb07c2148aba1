"""Asking servers of tools what they offer, and looking which tools of our own there are."""

import json

from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils import timezone

from chat.models import McpServer, Tool
from chat.tools.base import Server
from chat.tools.mcp import Listing, ServerTrouble, legal_name, list_tools
from chat.tools.synchronise import synchronise


def take_over_own() -> None:
    """Rows for the tools of settings.TOOLS."""
    synchronise()


def check(row: McpServer) -> Listing:
    """Ask a server for its tools, and take over what it lists. What went wrong is kept with the server, for its page.
    Raises `ServerTrouble`."""
    server = Server(row.name, row.url, row.timeout_seconds, json.loads(row.headers or "{}"))
    row.checked = timezone.now()
    try:
        listing = async_to_sync(list_tools)(server)
    except ServerTrouble as trouble:
        row.problem = f"{trouble} ({trouble.detail})"[:400] if trouble.detail else str(trouble)[:400]
        row.save(update_fields=["checked", "problem"])
        raise
    row.problem = ""
    row.save(update_fields=["checked", "problem"])
    _take_over(row, listing)
    return listing


@transaction.atomic
def _take_over(row: McpServer, listing: Listing) -> None:
    """What an administrator has set stays; what the server says of a tool is renewed. A new tool is off, and asks."""
    known = {tool.remote_name: tool for tool in row.tools.all()}
    taken = set(Tool.objects.values_list("name", flat=True))
    for listed in listing.tools:
        said = {"title": listed.title, "description": listed.description, "schema": dict(listed.schema)}
        if listed.name in known:
            Tool.objects.filter(pk=known[listed.name].pk).update(gone=False, **said)
            continue
        name = legal_name(row.name, listed.name, taken)
        taken.add(name)
        row.tools.create(name=name, remote_name=listed.name, has_effects=not listed.only_reads, **said)
    names = [listed.name for listed in listing.tools]
    row.tools.exclude(remote_name__in=names).update(gone=True)
