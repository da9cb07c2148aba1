"""What a person does first, against a server that is not ours; see docs/compatibility.md.

    OPENAI_BASE_URL=http://127.0.0.1:9001/v1 python -m tests.compatibility.walk [model that refuses]

The product starts on empty data with the OPENAI_ settings of the environment, and a Chromium clicks.
"""

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.chat import Chat
from tests.ledger import Ledger, TurnRow
from tests.product import PASSWORD, Product, Template

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
SETTINGS = ("OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_MODEL")
QUESTION = "Tell me something."


class Walk:
    def __init__(self, product: Product, chat: Chat) -> None:
        self.product, self.chat, self.ledger = product, chat, Ledger(product.address)

    def row(self) -> TurnRow:
        return self.ledger.turns(self.chat.conversation)[-1]

    def agrees(self) -> TurnRow:
        """Page, row and journal have one text; what the page shows after a reload is the same."""
        row = self.row()
        assert self.ledger.journalled(row) == row.text
        for _ in range(2):
            assert self.chat.text == row.text, (
                f"{self.chat.text[-80:]!r} is shown, {row.text[-80:]!r} is stored"
            )
            self.chat.page.reload()
        return row

    def answer(self) -> None:
        self.chat.begin(QUESTION)
        self.chat.wait_for_text()
        begun = len(self.chat.text)
        self.chat.wait_for("complete", 120)
        row = self.agrees()
        self._tell("a reply", f"{begun} characters seen first, {len(row.text)} in all, {row.finish_reason}")

    def reload(self) -> None:
        self.chat.begin(f"{QUESTION} And go on while I reload.")
        reloads = 0
        self.chat.wait_for_text()
        while not self.row().is_over and reloads < 20:
            self.chat.page.reload()
            reloads += 1
        self.chat.wait_for("complete", 120)
        self._tell("reloaded", f"{reloads} times while it came, {len(self.agrees().text)} characters")

    def stop(self) -> None:
        self.chat.begin(f"{QUESTION} I shall stop you.")
        self.chat.wait_for_text()
        self.chat.stop.click()
        self.chat.wait_for("stopped")
        self._tell("stopped", f"{len(self.agrees().text)} characters kept")

    def refusal(self, model: str) -> None:
        self.product.manage(
            "shell", "-c", f"from chat.models import Model; Model.objects.update(is_default=False);"
            f"Model.objects.filter(name={model!r}).update(is_default=True)",
        )  # fmt: skip
        self.chat.begin(f"{QUESTION} You are to refuse.")
        self.chat.wait_for("failed", 120)
        row = self.row()
        self._tell(f"refused by {model}", f"{row.reason}: {row.error} [{row.error_detail}]")

    def _tell(self, what: str, seen: str) -> None:
        assert not self.chat.complaints, self.chat.complaints
        print(f"{what}: {seen}", flush=True)


def main(refusing: list[str]) -> None:
    environment = {name: os.environ[name] for name in SETTINGS if os.environ.get(name)}
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        template = Template(Path(place, "template"))
        with Product(template, Path(place, "product"), **environment) as product:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
            chat = Chat(browser.new_page(base_url=product.url))
            chat.sign_in("alice", PASSWORD)
            walk = Walk(product, chat)
            print(
                "models:",
                Ledger(product.address).query("SELECT name, is_default FROM chat_model"),
                flush=True,
            )
            walk.answer()
            walk.reload()
            walk.stop()
            for model in refusing:
                walk.refusal(model)
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
