"""What is put onto the blocks of a reply: colours and tools on code, formulae, tables that scroll, diagrams."""

import asyncio
import re
import threading

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat import Chat
from tests.faults.model_server import ModelServer, Wire
from tests.faults.world import open_world

CODE = '''def greet(name):
    """Says hello.

    To whomever."""
    return {"text": f"Hello, {name}", "count": 1}  # and no more
'''
LONG_LINE = "x = " + " + ".join(f"number_{n}" for n in range(80))
TABLE = (
    "| "
    + " | ".join(f"column {n}" for n in range(20))
    + " |\n"
    + "|---" * 20
    + "|\n"
    + "| word " * 20
    + "|\n"
)
DIAGRAM = "graph TD\n  A[Ask] --> B[Answer]\n"
REPLIES = {
    "words": "Only *words*, and a [link](https://example.org/).",
    "code": f"Here:\n\n```python\n{CODE}```\n\nThat is all.",
    "plain code": "```\njust text\n```",
    "rare": "```dockerfile\nFROM scratch\n```",
    "long": f"```python\n{LONG_LINE}\n```",
    "math": "Mass is \\(E = mc^2\\), and\n\n$$\n\\boxed{\\frac{a}{b}}\n$$\n\nwell.",
    "bad math": "Not \\(\\frac{a\\) nor \\(\\nothing<b>x</b>\\) nor \\(\\href{https://example.org}{x}\\).",
    "table": TABLE,
    "diagram": f"```mermaid\n{DIAGRAM}```",
    "bad diagram": "```mermaid\ngraph nonsense [\n```",
}
TEXT = ".message-text"
COLOURED = "pre code .hl-keyword"


class Scribe:
    """Writes the reply that the question names. What it is told to `hold`, it writes in two halves."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    async def write(self, wire: Wire) -> None:
        await wire.head()
        text = REPLIES[wire.request.text]
        for at in range(0, len(text), 9):
            await wire.say(text[at : at + 9])
        await wire.finish()

    async def hold(self, wire: Wire) -> None:
        await wire.head()
        half = CODE.index("    return")
        await wire.say(f"```python\n{CODE[:half]}    ret")
        await asyncio.to_thread(self.go_on.wait, 30)
        await wire.say(CODE[half + 7 :] + "```\n")
        await wire.finish()


@pytest.fixture(scope="module")
def scribe():
    return Scribe()


@pytest.fixture(scope="module")
def world(template, tmp_path_factory, scribe):
    models = ModelServer({"scribe": scribe.write, "holding": scribe.hold})
    with open_world(template, tmp_path_factory.mktemp("blocks"), {}, models) as world:
        yield world


@pytest.fixture
def alice(world, enter):
    return enter(world.product, "alice", permissions=["clipboard-read", "clipboard-write"])


def begin(world, chat: Chat, text: str, model: str = "scribe") -> Locator:
    """The text of a reply, as soon as it begins."""
    chat.page.goto("/")
    chat.choose(model)
    chat.ask(text)
    chat.page.wait_for_url("**/conversations/*/")
    return chat.reply.locator(TEXT)


def read(world, chat: Chat, text: str) -> Locator:
    """The text of a reply, to its end."""
    shown = begin(world, chat, text)
    chat.wait_for("complete")
    chat.wait_for_footer()
    return shown


def clipboard(chat: Chat) -> str:
    text: str = chat.page.evaluate("navigator.clipboard.readText()")
    return text


def test_code_is_coloured_and_stays_exactly_the_code(world, alice):
    text = read(world, alice, "code")
    expect(text.locator("pre .hl-string")).to_have_count(4)
    expect(text.locator("pre .hl-comment")).to_have_text("# and no more")
    assert text.locator("pre > code").text_content() == CODE
    assert text.text_content() == f"Here:\n{CODE}\nThat is all.\n"
    assert text.locator(".code-tools").get_attribute("data-language") == "python"


def test_what_is_stored_looks_as_what_was_streamed(world, alice):
    for name in ("code", "math", "table"):
        text = read(world, alice, name)
        settle(text)
        streamed = text.inner_html()
        alice.page.reload()
        settle(text)
        assert text.inner_html() == streamed


def settle(text: Locator) -> None:
    """Until everything in it has been put onto it."""
    expect(text.locator("pre:not(:has(.hl-comment))")).to_have_count(0)
    expect(text.locator(".math:not(:has(.katex))")).to_have_count(0)
    expect(text.locator("table:not([tabindex])")).to_have_count(0)


def test_code_is_coloured_while_it_comes_and_a_selection_in_it_stays(world, alice, scribe):
    scribe.go_on.clear()
    text = begin(world, alice, "now", "holding")
    expect(text.locator(COLOURED)).to_have_text("def")
    alice.page.wait_for_function("() => document.querySelector('pre code')?.textContent.endsWith('ret')")
    alice.page.evaluate(
        """() => {
            window.first = document.querySelector("pre");
            window.keyword = first.querySelector(".hl-keyword");
            const rest = first.querySelector("code").lastChild;
            getSelection().setBaseAndExtent(keyword.firstChild, 0, rest, rest.length);
        }"""
    )
    selected = alice.page.evaluate("getSelection().toString()")
    assert selected.startswith("def greet")
    assert selected.endswith("ret")
    scribe.go_on.set()
    alice.wait_for("complete")
    alice.wait_for_footer()
    expect(text.locator("pre .hl-comment")).to_be_attached()
    assert text.locator("pre > code").text_content() == CODE
    assert alice.page.evaluate("first.isConnected && keyword.isConnected")
    assert alice.page.evaluate("getSelection().toString()") == selected


def test_a_button_copies_the_code_and_nothing_else(world, alice):
    text = read(world, alice, "code")
    text.get_by_role("button", name="Copy code").click()
    expect(text.get_by_role("button", name="Copied")).to_be_visible()
    assert clipboard(alice) == CODE


def test_long_lines_scroll_inside_or_are_wrapped_which_is_remembered(world, alice):
    text = read(world, alice, "long")
    code = text.locator("pre > code")
    expect(code).to_have_attribute("tabindex", "0")
    assert code.evaluate("code => code.scrollWidth > code.clientWidth")
    text.get_by_role("button", name="Wrap long lines").click()
    assert code.evaluate("code => code.scrollWidth === code.clientWidth")
    expect(code).not_to_have_attribute("tabindex", "0")
    alice.page.reload()
    button = text.get_by_role("button", name="Wrap long lines")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert code.evaluate("code => code.scrollWidth === code.clientWidth")
    button.click()
    assert code.evaluate("code => code.scrollWidth > code.clientWidth")


def test_formulae_are_drawn_and_read_aloud(world, alice):
    text = read(world, alice, "math")
    expect(text.locator(".math .katex")).to_have_count(2)
    assert text.locator("math").first.is_visible()
    assert text.locator("annotation").first.text_content() == "E = mc^2"
    expect(text.locator(".math-display .katex-display")).to_have_count(1)


def test_a_selection_is_copied_with_the_tex_of_its_formulae(world, alice):
    text = read(world, alice, "math")
    expect(text.locator(".math .katex")).to_have_count(2)
    text.evaluate("text => getSelection().selectAllChildren(text)")
    alice.page.keyboard.press("Control+C")
    assert " ".join(clipboard(alice).split()) == r"Mass is \(E = mc^2\), and $$ \boxed{\frac{a}{b}} $$ well."


def test_a_formula_that_cannot_be_drawn_is_text(world, alice):
    text = read(world, alice, "bad math")
    expect(text.locator(".math-problem")).to_have_count(3)
    assert text.locator(".katex, .math *").count() == 0
    assert text.locator(".math").nth(1).text_content() == "\\nothing<b>x</b>"


def test_a_wide_table_scrolls_inside_on_a_phone(world, enter):
    alice = enter(
        world.product, "alice", viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True
    )
    text = read(world, alice, "table")
    table = text.locator("table")
    expect(table).to_have_attribute("tabindex", "0")
    assert table.evaluate("table => table.scrollWidth > table.clientWidth")
    assert alice.page.evaluate("document.documentElement.scrollWidth") == 320
    table.focus()
    alice.page.keyboard.press("ArrowRight")
    alice.page.wait_for_function("() => document.querySelector('table').scrollLeft > 0")


def test_a_diagram_is_drawn_on_a_click_in_a_frame_without_access(world, alice):
    text = read(world, alice, "diagram")
    assert text.locator("iframe").count() == 0
    text.get_by_role("button", name="Show diagram").click()
    frame = text.locator("iframe")
    assert frame.get_attribute("sandbox") == "allow-scripts"
    expect(frame).to_have_attribute("data-drawn", "", timeout=20_000)
    inside = next(each for each in alice.page.frames if each.url.endswith("/diagram/"))
    assert "Answer" in inside.locator("svg").text_content()
    assert inside.evaluate("origin") == "null"
    alice.expects("Content Security Policy", "Failed to read", "Fetch API cannot load")
    reached = inside.evaluate(
        """async () => {
            const tries = [() => parent.document.title, () => document.cookie, () => localStorage.length,
                () => fetch("/"), () => top.location.assign("/")];
            const reached = [];
            for (const [at, attempt] of tries.entries()) {
                try { await attempt(); reached.push(at); } catch { /* As it should be. */ }
            }
            return reached;
        }"""
    )
    assert reached == []
    assert inside.evaluate("document.documentElement.style.colorScheme") == "light"
    alice.page.emulate_media(color_scheme="dark")
    inside.wait_for_function("() => document.documentElement.style.colorScheme === 'dark'")
    text.get_by_role("button", name="Hide diagram").click()
    expect(frame).to_have_count(0)
    assert text.locator("pre > code").text_content() == DIAGRAM


def test_a_diagram_that_is_wrong_is_told_in_words(world, alice):
    text = read(world, alice, "bad diagram")
    text.get_by_role("button", name="Show diagram").click()
    expect(text.get_by_role("alert")).to_contain_text("This diagram cannot be drawn", timeout=20_000)
    expect(text.locator("iframe")).to_have_count(0)


def test_a_diagram_that_takes_too_long_is_given_up(world, alice):
    alice.page.route(
        "**/mermaid.min*.js", lambda route: route.fulfill(body="", content_type="text/javascript")
    )
    alice.page.route(
        "**/diagram-page*.js", lambda route: route.fulfill(body="", content_type="text/javascript")
    )
    text = read(world, alice, "diagram")
    alice.page.clock.install()
    text.get_by_role("button", name="Show diagram").click()
    expect(text.locator("iframe")).to_have_count(1)
    alice.page.clock.fast_forward(60_000)
    expect(text.get_by_role("alert")).to_have_text("This diagram takes too long to be drawn.")
    expect(text.locator("iframe")).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "sign", "fetched"),
    [
        ("words", "a", set()),
        ("plain code", ".code-tools", set()),
        ("code", COLOURED, {"highlight"}),
        ("rare", COLOURED, {"highlight", "dockerfile"}),
        ("math", ".katex", {"katex"}),
        ("diagram", ".code-tools", set()),
    ],
)
def test_what_a_reply_does_not_need_is_not_fetched(world, alice, name, sign, fetched):
    urls: list[str] = []
    alice.page.on("request", lambda request: urls.append(request.url))
    text = read(world, alice, name)
    expect(text.locator(sign).first).to_be_attached()
    alice.page.wait_for_load_state("networkidle")
    scripts = {
        re.split(r"[/.]", url.rpartition("/")[2])[0] for url in urls if "/vendor/" in url and ".js" in url
    }
    assert scripts - {"markdown-it"} == fetched
