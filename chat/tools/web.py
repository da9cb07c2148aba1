"""Reading a page of the web. Off until an administrator enables it."""

from typing import Annotated

from bs4 import BeautifulSoup
from django.conf import settings
from pydantic import Field

from chat.egress import Fetched, Refused, Rules, fetch

from .base import ToolError
from .functions import tool
from .untrusted import quoted

SILENT = ("script", "style", "noscript", "template", "svg", "iframe", "head")
AROUND = ("nav", "footer", "aside", "form")

Url = Annotated[
    str, Field(description="The address, which begins with http:// or https://.", max_length=2000)
]


@tool(approval="first", enabled=False)
async def read_web_page(url: Url) -> str:
    """Reads a page of the public web and gives its text."""
    rules = Rules(hosts=settings.EGRESS_ALLOW, seconds=settings.TOOL_SECONDS * 0.8)
    try:
        page = await fetch(url, rules)
    except Refused as refused:
        raise ToolError(str(refused)) from None
    title, text = _text(page)
    if page.is_cut:
        text += "\n\n[The page goes on, but is too long to be read any further.]"
    return quoted(f"{title or 'Untitled'}, {page.url}", text or "The page has no text.")


def _text(page: Fetched) -> tuple[str, str]:
    if "html" not in page.kind:
        return "", page.body.decode(_known(page.charset), "replace")
    soup = BeautifulSoup(page.body, "html.parser", from_encoding=page.charset or None)
    title = soup.title.get_text(" ", strip=True)[:200] if soup.title else ""
    for element in soup([*SILENT, *AROUND]):
        element.decompose()
    lines = (" ".join(line.split()) for line in soup.get_text("\n").splitlines())
    return title, "\n".join(line for line in lines if line)


def _known(charset: str) -> str:
    try:
        "".encode(charset or "utf-8")
    except LookupError:
        return "utf-8"
    return charset or "utf-8"
