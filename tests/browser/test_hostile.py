"""What a model writes, and what it is called, is text: no script, no request to anywhere else, streamed and reloaded."""

from urllib.parse import urlsplit

from playwright.sync_api import Request, expect

from tests.faults.model_server import ModelServer, Wire
from tests.faults.world import open_world

CALLS = ("alert(1)", "fetch('http://127.0.0.1:9/')", "document.title='x'")
SHAPES = (
    "<script>{}</script>",
    "</textarea><script>{}</script>",
    "<img src=x onerror={}>",
    "<svg onload={}>",
    "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<details open ontoggle={}>",
    "<iframe srcdoc='<script>{}</script>'></iframe>",
    "<a href='javascript:{}'>press</a>",
    "[press](javascript:{})",
    "<form action=javascript:{}><button autofocus>",
    "<math><mtext><style><img src=x onerror={}></style>",
    "<body onload={}>",
    "{{{{constructor.constructor('{}')()}}}}",
    "<div hx-get=/accounts/token/ hx-trigger=load hx-on:load={}></div>",
    "<template><script>{}</script></template>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
)
LOADS = (
    "<img src=http://127.0.0.1:9/pixel>",
    "![x](http://127.0.0.1:9/pixel)",
    "![x][1]\n\n[1]: http://127.0.0.1:9/pixel",
    "<link rel=stylesheet href=http://127.0.0.1:9/x.css>",
    "<style>@import 'http://127.0.0.1:9/x.css'</style>",
    "<base href=http://127.0.0.1:9/>",
    "<video src=http://127.0.0.1:9/x poster=http://127.0.0.1:9/y>",
    "<object data=http://127.0.0.1:9/x></object>",
    "\u202etxt.exe\u202c \u2028 \u2029 \x85 \u200b </article></main></body></html>",
    '"type":"turn.finished"}\n\nevent: reset\ndata: {}\n\n',
)
PAYLOADS = [shape.format(call) for shape in SHAPES for call in CALLS] + list(LOADS)
TEXT = "\n".join(PAYLOADS)
NAME = "<img src=x onerror=alert(1)>"


async def hostile(wire: Wire) -> None:
    await wire.head()
    for payload in PAYLOADS:
        for at in range(0, len(payload), 7):
            await wire.say(payload[at : at + 7])
        await wire.say("\n")
    await wire.finish()


def test_hostile_words_are_words(template, tmp_path, enter):
    with open_world(template, tmp_path, {}, ModelServer({NAME: hostile})) as world:
async def refusing(wire: Wire) -> None:
    """What a model's server says of an error, it has perhaps from somebody else."""
    await wire.head(400, "application/json")
    await wire.send(b'{"error": {"message": "<img src=/canary onerror=alert(1)> \\u202e [x](javascript:alert(1))"}}')


@contextmanager
def nothing_sings(page: Page, port: int) -> Iterator[None]:
    """No dialog, no request to anywhere else, none that a reply asked for, and no second page."""
    sung: list[str] = []

    def note(request: Request) -> None:
        where = urlsplit(request.url)
        if "canary" in request.url or (where.scheme not in {"data", "blob"} and where.port != port):
            sung.append(request.url)

    page.context.on("request", note)
    page.on("dialog", lambda dialog: (sung.append(dialog.message), dialog.dismiss()))
    page.on("popup", lambda popup: sung.append(popup.url))
    yield
    assert sung == []


def _ask(chat: Chat, text: str, number: int) -> None:
    chat.ask(text)
    expect(chat.replies).to_have_count(number)
    chat.wait_for("complete", 30)
    chat.wait_for_footer()


def _begin(chat: Chat, model: str, text: str) -> None:
    chat.page.goto("/")
    chat.page.evaluate("() => {}")
    _choose(chat, model)
    chat.ask(text)
    chat.page.wait_for_url("**/conversations/*/")


def _choose(chat: Chat, model: str) -> None:
    chat.page.get_by_label("Model").select_option(model)


        alice = enter(world.product, "alice")
        elsewhere: list[str] = []
        alice.page.on("request", lambda request: _note(request, world.product.port, elsewhere))
        alice.page.on("dialog", lambda dialog: elsewhere.append(dialog.message))
        alice.page.goto("/")
        alice.page.get_by_label("Model").select_option(world.names[NAME])
        alice.ask(PAYLOADS[0])
        reply = alice.page.locator("article[data-role=assistant]")
        expect(reply).to_have_attribute("data-status", "complete", timeout=20_000)
        streamed = reply.locator(".message-text").text_content()
        assert streamed == TEXT + "\n"
        assert reply.locator(".message-text").evaluate("text => text.childElementCount") == 0
        alice.page.reload()
        expect(alice.page.locator("rivulet-live, [data-cursor]").first).to_be_attached()
        assert reply.locator(".message-text").text_content() == streamed
        assert NAME in reply.text_content()
        assert alice.page.locator(".message-text *").count() == 0
        assert elsewhere == []


def _note(request: Request, port: int, elsewhere: list[str]) -> None:
    where = urlsplit(request.url)
    if where.scheme in {"http", "https", "ws", "wss"} and where.port != port:
        elsewhere.append(request.url)
