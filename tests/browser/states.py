"""The states in which a person meets the product, each as what brings a page into it."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.attachments.making import picture
from tests.browser.chat import Chat

QUESTION = "Explain how a reply travels from a language model to my screen, one step at a time."
Take = Callable[[Chat], None]


def home(chat: Chat) -> None:
    chat.page.goto("/")


def complete(chat: Chat) -> None:
    chat.begin(QUESTION).wait_for("complete", 40)
    chat.wait_for_footer()
    chat.reply.locator(".message-author").hover()


def streaming(chat: Chat) -> None:
    chat.begin("Plan a quiet weekend in a city by the sea, with a list for each day.")
    chat.wait_for_text(330)


def waiting(chat: Chat) -> None:
    chat.page.route("**/events/**", lambda route: route.abort())
    chat.page.route_web_socket("**/ws/**", lambda socket: socket.send('{"type":"heartbeat","cursor":"x:0"}'))
    chat.begin("Hello")
    chat.page.get_by_text("Waiting for").wait_for()


def stopped(chat: Chat) -> None:
    chat.begin("Write a polite letter to a neighbour about loud music, in five sentences.")
    chat.wait_for_text(260)
    chat.stop.click()
    chat.wait_for("stopped")
    chat.wait_for_footer()


def failed(chat: Chat) -> None:
    chat.page.goto("/")
    chat.choose("qwen3:14b")
    chat.box.fill("Which of my photographs show the sea?")
    chat.send.click()
    chat.page.wait_for_url("**/conversations/*/")
    chat.wait_for("failed", 30)
    chat.wait_for_footer()


def drawer(chat: Chat) -> None:
    chat.page.goto("/")
    chat.page.get_by_role("button", name="Sidebar", exact=True).click()
    button = chat.page.get_by_role("button", name="Sidebar", exact=True)
    # On a desktop it is there from the start, and this puts it away.
    if button.get_attribute("aria-expanded") == "true":
        expect(chat.page.get_by_role("link", name="New chat")).to_be_in_viewport(ratio=1)


def reconnecting(chat: Chat) -> None:
    streaming(chat)
    chat.page.context.set_offline(True)
    chat.page.evaluate("dispatchEvent(new Event('online'))")
    chat.page.get_by_text("Reconnecting").wait_for()


def signed_out(chat: Chat) -> None:
    stopped(chat)
    chat.page.context.clear_cookies()
    chat.ask("And now in three sentences.")
    chat.page.get_by_role("dialog").wait_for()


def too_long(chat: Chat) -> None:
    stopped(chat)
    chat.box.fill("x" * 200_001)
    chat.send.click()
    chat.page.get_by_role("alert").wait_for()


def delete(chat: Chat) -> None:
    stopped(chat)
    chat.page.get_by_role("link", name="Delete").click()


def account(chat: Chat) -> None:
    chat.page.goto("/")
    if chat.page.viewport_size and chat.page.viewport_size["width"] < 768:
        drawer(chat)
    chat.page.locator(".sidebar-account").click()


def rich(chat: Chat) -> None:
    """Code, a formula and a table, scrolled to where most of it is seen."""
    chat.begin("Explain Fibonacci numbers with code, a formula and a diagram.").wait_for("complete", 40)
    chat.wait_for_footer()
    chat.page.locator(".katex").first.wait_for()
    chat.reply.locator("h2").nth(1).evaluate("(heading) => heading.scrollIntoView()")


def diagram(chat: Chat) -> None:
    rich(chat)
    chat.page.get_by_role("button", name="Show diagram").click()
    chat.page.frame_locator("iframe").locator("svg").wait_for()
    chat.page.locator("iframe").evaluate("(frame) => frame.scrollIntoView({ block: 'center' })")


def branch(chat: Chat) -> None:
    """A second answer, with the switcher between the two."""
    chat.begin("Why is the sky blue?").wait_for("complete", 40)
    chat.wait_for_footer()
    chat.reply.hover()
    chat.page.get_by_role("button", name="Regenerate", exact=True).click()
    chat.page.get_by_text("2 / 2").wait_for()
    chat.wait_for("complete", 40)
    chat.wait_for_footer()
    chat.reply.hover()


def beside(chat: Chat) -> None:
    chat.page.goto("/")
    chat.page.locator("#beside").select_option(label="Second demo", force=True)
    chat.box.fill("Plan a quiet weekend in a city by the sea, with a list for each day.")
    chat.send.click()
    chat.page.wait_for_url("**/conversations/*/")
    chat.wait_for("complete", 40)
    chat.wait_for_footer()


def steps(chat: Chat) -> None:
    """A reply that was thought about, with a call that is open."""
    chat.begin("Think step by step, then calculate (17 + 4) * 2.").wait_for("complete", 40)
    chat.wait_for_footer()
    chat.reply.locator(".step-call summary").click()
    chat.reply.locator(".message-author").hover()


def asking(chat: Chat) -> None:
    """A call that waits for the person's word."""
    chat.page.goto("/")
    chat.page.locator(".options-more > summary").click()
    chat.page.get_by_role("switch", name="send").check(force=True)
    chat.ask('Please think, and use send {"to": "the neighbours"}')
    chat.page.wait_for_url("**/conversations/*/")
    chat.reply.get_by_role("button", name="Allow", exact=True).wait_for()


def files(chat: Chat) -> None:
    """Files that went with a question, and more of them in the box, with the gauge beside it."""
    chat.page.goto("/")
    _attach(chat, ("notes.txt", b"Remember the milk. " * 50), ("sea.png", picture(size=(640, 480))))
    chat.ask("What do I have to buy?")
    chat.page.wait_for_url("**/conversations/*/")
    chat.wait_for("complete", 40)
    chat.wait_for_footer()
    _attach(chat, ("a table of a rather long name that has to be cut somewhere.csv", b"a,b\n1,2\n" * 400))


def _attach(chat: Chat, *files: tuple[str, bytes]) -> None:
    with chat.page.expect_file_chooser() as chooser:
        chat.page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files([{"name": name, "mimeType": "", "buffer": data} for name, data in files])
    chat.page.locator("#attachments > li[data-tokens]").nth(len(files) - 1).wait_for()


def trace(chat: Chat) -> None:
    """What was seen of a reply's stream."""
    complete(chat)
    chat.page.goto(f"/turns/{chat.turn}/trace/")


def search(chat: Chat) -> None:
    chat.begin("Compare SQLite and PostgreSQL for a small web application.").wait_for("complete", 40)
    chat.page.goto("/search/?q=compare")


def palette(chat: Chat) -> None:
    chat.page.goto("/")
    chat.box.press("Control+k")
    chat.page.get_by_role("dialog").get_by_role("option").first.wait_for()


def settings(chat: Chat) -> None:
    chat.page.goto("/settings/")


def manage(chat: Chat) -> None:
    chat.page.goto("/conversations/manage/")


def importing(chat: Chat) -> None:
    chat.page.goto("/import/")


def prompts(chat: Chat) -> None:
    chat.page.goto("/prompts/")


def temporary(chat: Chat) -> None:
    chat.page.goto("/")
    chat.page.get_by_role("switch", name="Temporary chat").check(force=True)
    chat.box.fill("Hello")
    chat.send.click()
    chat.page.wait_for_url("**/conversations/*/")
    chat.wait_for("complete", 40)
    chat.wait_for_footer()


def arabic(chat: Chat) -> None:
    """The page around a conversation from right to left."""
    complete(chat)
    chat.page.set_extra_http_headers({"Accept-Language": "ar"})
    chat.page.reload()


STATES: tuple[Take, ...] = (
    *(
        home,
        complete,
        rich,
        diagram,
        streaming,
        waiting,
        stopped,
        failed,
        branch,
        beside,
        steps,
        asking,
        files,
        trace,
        search,
        palette,
        settings,
    ),
    *(
        manage,
        importing,
        prompts,
        temporary,
        arabic,
        drawer,
        reconnecting,
        signed_out,
        too_long,
        delete,
        account,
    ),
)
