"""A person's view of the chat: what they see and press."""

import json
import re
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

HOME = re.compile(r"://[^/]+/$")
BLOCKED_BY_US = "Service Worker registration blocked by Playwright"
LONG = "Please write something very long."
# Without the tools that are put onto blocks.
SEES = """() => [...document.querySelectorAll("article[data-message]")].map((article) => {
    const text = document.createElement("div");
    for (const words of article.querySelectorAll(":scope > .message-text")) text.append(words.cloneNode(true));
    for (const tools of text.querySelectorAll(".code-tools, .diagram")) tools.remove();
    for (const math of text.querySelectorAll("[data-tex]")) math.textContent = math.dataset.tex;
    const { message, role, status } = article.dataset;
    return { message, role, status, text: text.textContent };
})"""


class Chat:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._expected: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"{error}\n{error.stack}"))

    def expects(self, *complaints: str) -> None:
        """What the browser may write to its console in this test, as it does with every refusal."""
        self._expected += complaints
        self.complaints[:] = [
            each for each in self.complaints if not any(re.search(c, each) for c in complaints)
        ]

    def _heard(self, message: ConsoleMessage) -> None:
        known = any(re.search(expected, message.text) for expected in (*self._expected, BLOCKED_BY_US))
        if message.type in {"error", "warning"} and not known:
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    # --- getting there ---

    def sign_in(self, name: str, password: str) -> None:
        self.page.goto("/accounts/login/")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(HOME)

    def begin(self, text: str) -> "Chat":
        """A new conversation with its first question, up to the page of it."""
        self.page.goto("/")
        self.ask(text)
        self.page.wait_for_url("**/conversations/*/")
        expect(self.log).to_be_visible()
        return self

    def ask(self, text: str) -> None:
        self.box.fill(text)
        self.send.click()

    def choose(self, model: str) -> None:
        self.page.get_by_role("button", name="Model:").click()
        self.page.get_by_role("combobox", name="Model").fill(model)
        self.page.keyboard.press("Enter")

    # --- what is there ---

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message")

    @property
    def send(self) -> Locator:
        return self.page.get_by_role("button", name="Send", exact=True)

    @property
    def stop(self) -> Locator:
        return self.page.get_by_role("button", name="Stop", exact=True)

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def replies(self) -> Locator:
        return self.page.locator('article[data-role="assistant"]')

    @property
    def reply(self) -> Locator:
        return self.replies.last

    @property
    def text(self) -> str:
        """Of the last reply, as it reads."""
        replies = [seen for seen in self.sees() if seen["role"] == "assistant"]
        return str(replies[-1]["text"]) if replies else ""

    @property
    def conversation(self) -> str:
        return self.page.url.rstrip("/").rsplit("/", 1)[1]

    @property
    def turn(self) -> str:
        return self.reply.get_attribute("data-turn") or ""

    def sees(self) -> list[dict[str, Any]]:
        """The transcript, taken in one moment."""
        seen: list[dict[str, Any]] = self.page.evaluate(SEES)
        return seen

    # --- waiting for something ---

    def wait_for_text(self, length: int = 1) -> None:
        """Until the last reply is at least that long."""
        self.page.wait_for_function(
            """(length) => [...document.querySelectorAll('article[data-role="assistant"] .message-text')]
                .at(-1)?.textContent.length >= length""",
            arg=length,
        )

    def wait_for(self, status: str, seconds: float = 15) -> None:
        expect(self.reply).to_have_attribute("data-status", status, timeout=seconds * 1000)

    def wait_for_footer(self) -> None:
        """Until what follows a finished reply is there, too."""
        expect(self.reply.locator(".message-foot .facts")).to_be_attached()

    def wait_until_quiet(self) -> None:
        """Until nothing has been loaded for half a second. An answer that is under way brings its cookies with it."""
        self.wait_for_footer()
        self.page.wait_for_function(
            """() => performance.now() - Math.max(
                ...performance.getEntriesByType("resource").map((each) => each.responseEnd)) > 500"""
        )

    def storage(self, name: str) -> Any:
        """What the browser keeps of the drafts of a conversation."""
        kept = self.page.evaluate(
            "(end) => localStorage.getItem(Object.keys(localStorage).find((key) => key.endsWith(end)))", name
        )
        return json.loads(kept) if kept else None
