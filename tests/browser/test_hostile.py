"""What a model writes, and what it is called, is text: no script, no request to anywhere else, streamed and reloaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Dialog, Page, Request, expect

from tests.browser.chat import Chat
from tests.faults.model_server import ModelServer, Wire
from tests.faults.world import open_world
from tests.hostile.payloads import DIAGRAMS, payloads

PAYLOADS = payloads()
AT_ONCE = 40
REPLIES = ["\n\n".join(PAYLOADS[start : start + AT_ONCE]) for start in range(0, len(PAYLOADS), AT_ONCE)]
# Fit for a line.
NAMES = [payload for payload in PAYLOADS if len(payload) < 100 and payload.isprintable()][::7]

# What is in a reply and must not be: in the page as it is, with all that was put onto it.
WRONG = """() => {
    const ours = ".code-tools, .katex";
    const wrong = [];
    for (const element of document.querySelectorAll(".message-text *")) {
        const isOurs = element.closest(ours);
        const { localName } = element;
        if (/^(script|style|iframe|object|embed|link|meta|base|form|input|img|video|audio|template)$/.test(localName))
            wrong.push(`<${localName}>`);
        if (/^(svg|button|use)$/.test(localName) && !isOurs) wrong.push(`<${localName}>`);
        for (const { name, value } of element.attributes) {
            const isAddress = name === "href" && (/^(https?:|mailto:)/i.test(value) || isOurs);
            if (/^((xlink:)?href|src|srcset|(form)?action|background|poster|ping|data)$/.test(name) && !isAddress)
                wrong.push(`${name}=${value}`);
            if (/^on|^(data-)?hx-|^id$|^name$|^srcdoc$/.test(name)) wrong.push(`${name}=${value}`);
            if (name === "style" && (!isOurs || /url/.test(value))) wrong.push(`${name}=${value}`);
        }
    }
    if (window.canary) wrong.push("a script ran");
    return wrong;
}"""


# What no page of ours has, wherever the words on it come from.
NOWHERE = """() => [
    ...[...document.querySelectorAll("*")].flatMap(({ attributes }) => [...attributes])
        .filter(({ name, value }) => /^on/.test(name) || (/^(href|src|action|hx-get)$/.test(name) && /canary/.test(value)))
        .map(({ name, value }) => `${name}=${value}`),
    ...(window.canary ? ["a script ran"] : []),
]"""
TITLED = """
from django.contrib.auth.models import User
from chat.models import Conversation
for title in {titles!r}:
    Conversation.objects.create(user=User.objects.get(username="root"), title=title[:200])
"""


async def hostile(wire: Wire) -> None:
    """The reply that the question names, in pieces that cut everything somewhere."""
    text = REPLIES[int(wire.request.text)]
    await wire.head()
    for at in range(0, len(text), 23):
        await wire.say(text[at : at + 23])
    await wire.finish()


async def drawn(wire: Wire) -> None:
    await wire.head()
    await wire.say("\n".join(f"```mermaid\n{diagram}\n```\n" for diagram in DIAGRAMS))
    await wire.finish()


async def refusing(wire: Wire) -> None:
    """What a model's server says of an error, it has perhaps from somebody else."""
    await wire.head(400, "application/json")
    await wire.send(
        b'{"error": {"message": "<img src=/canary onerror=alert(1)> \\u202e [x](javascript:alert(1))"}}'
    )


@contextmanager
def nothing_sings(page: Page, port: int) -> Iterator[None]:
    """No dialog, no request to anywhere else, none that a reply asked for, and no second page.

    In the page itself nothing may even be tried. A diagram may try, and is refused by the policy of its frame.
    """
    sung: list[str] = []

    def note(request: Request) -> None:
        where = urlsplit(request.url)
        is_away = where.scheme in {"http", "https", "ws", "wss"} and where.port != port
        if "canary" in request.url or is_away:
            sung.append(request.url)

    def forgive(request: Request) -> None:
        if request.failure == "csp" and request.frame != page.main_frame:
            sung.remove(request.url)

    def refuse(dialog: Dialog) -> None:
        sung.append(dialog.message)
        dialog.dismiss()

    page.context.on("request", note)
    page.context.on("requestfailed", forgive)
    page.on("dialog", refuse)
    page.on("popup", lambda popup: sung.append(popup.url))
    yield
    assert sung == []


def _begin(chat: Chat, model: str, text: str) -> None:
    chat.page.goto("/")
    chat.choose(model)
    chat.ask(text)
    chat.page.wait_for_url("**/conversations/*/")


def _ask(chat: Chat, text: str, number: int) -> None:
    chat.ask(text)
    expect(chat.replies).to_have_count(number)
    chat.wait_for("complete", 30)
    chat.wait_for_footer()


def _settled(chat: Chat) -> None:
    """Until all that can be put onto the replies has been put onto them."""
    expect(chat.page.locator(".math:not(:has(.katex), .math-problem)")).to_have_count(0)


def test_hostile_words_are_words(template, tmp_path, enter):
    with open_world(template, tmp_path, {}, ModelServer({"hostile": hostile})) as world:
        alice = enter(world.product, "alice")
        with nothing_sings(alice.page, world.product.port):
            _begin(alice, "hostile", "0")
            alice.wait_for("complete", 30)
            alice.wait_for_footer()
            for number in range(1, len(REPLIES)):
                _ask(alice, str(number), number + 1)
            _settled(alice)
            assert alice.page.evaluate(WRONG) == []
            alice.page.reload()
            expect(alice.reply).to_be_visible()
            _settled(alice)
            assert alice.page.evaluate(WRONG) == []


def test_hostile_diagrams_are_drawn_without_reaching_anything(template, tmp_path, enter):
    with open_world(template, tmp_path, {}, ModelServer({"drawn": drawn})) as world:
        alice = enter(world.product, "alice")
        # What the policy of a frame refuses, its console tells.
        alice.expects("Content Security Policy")
        with nothing_sings(alice.page, world.product.port):
            _begin(alice, "drawn", "Go on.")
            alice.wait_for("complete", 30)
            alice.wait_for_footer()
            blocks = alice.reply.locator("pre")
            expect(blocks).to_have_count(len(DIAGRAMS))
            for block in blocks.all():
                block.get_by_role("button", name="Show diagram").click()
                expect(block.locator("iframe[data-drawn], .diagram-problem")).to_have_count(1, timeout=20_000)
                # The browser's own list of frames may still have that of a diagram that was hidden a moment ago.
                assert alice.page.locator("iframe").count() == block.locator("iframe").count()
                for element in block.locator("iframe").element_handles():
                    frame = element.content_frame()
                    assert frame is not None
                    assert frame.evaluate("window.canary") is None
                    assert frame.locator("a[href], script:not([src]), iframe, img").count() == 0
                block.get_by_role("button", name="Hide diagram").click()
                # Or it is still among the frames of the page when the next one is drawn.
                expect(block.locator("iframe")).to_have_count(0)
            assert alice.page.evaluate("window.canary") is None


def test_hostile_questions_names_titles_and_errors_are_words(template, tmp_path, enter):
    models = ModelServer(dict.fromkeys(NAMES, refusing))
    with open_world(template, tmp_path, {}, models) as world:
        world.product.manage("shell", "--verbosity=0", "-c", TITLED.format(titles=NAMES))
        root = enter(world.product, "root")
        with nothing_sings(root.page, world.product.port):
            _begin(root, NAMES[0], REPLIES[1])
            root.wait_for("failed", 30)
            root.wait_for_footer()
            expect(root.reply).to_contain_text(NAMES[0])
            assert (
                root.page.locator('[data-role="user"] .message-text').evaluate(
                    "text => text.childElementCount"
                )
                == 0
            )
            assert root.page.evaluate(NOWHERE) == []
            for path in (
                root.page.url,
                "/",
                "/conversations/manage/",
                "/search/?q=alert",
                "/admin/chat/conversation/",
            ):
                root.page.goto(path)
                root.page.wait_for_load_state("networkidle")
                assert "canary" in root.page.content()
                assert root.page.evaluate(NOWHERE) == []
