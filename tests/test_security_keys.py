"""A provider's key is in no answer, no log and no file of the running product."""

import pytest
from aiohttp import web

from tests.product import PASSWORD
from tests.viewers import Person, Viewer

CANARY = "sk-canary-8c41d7f2ab90e6"
PAGES = [
    *(
        "/",
        "/admin/",
        "/admin/chat/provider/",
        "/admin/chat/provider/1/change/",
        "/admin/chat/provider/2/change/",
    ),
    *(
        "/admin/chat/provider/1/history/",
        "/admin/chat/provider/1/delete/",
        "/admin/chat/model/",
        "/admin/chat/turn/",
    ),
]


@pytest.fixture
async def telltale():
    """A model server that puts the key it was given into what it says went wrong, as real ones do."""

    async def answer(request):
        key = request.headers.get("Authorization", "")
        if request.path.endswith("/models"):
            return web.json_response({"object": "list", "data": [{"id": "parrot", "object": "model"}]})
        return web.json_response({"error": {"message": f"bad key {key}", "code": key}}, status=401)

    application = web.Application()
    application.router.add_route("*", "/{any:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    await runner.cleanup()


async def test_a_key_comes_out_nowhere(start_product, telltale):
    """Neither the one that is entered in the admin nor the one of the environment."""
    product = start_product(OPENAI_API_KEY=CANARY, OPENAI_BASE_URL=telltale, LOG_LEVEL="DEBUG")
    async with Person(product.url) as root:
        await root.sign_in("root", PASSWORD)
        await root.get("/admin/chat/provider/add/")
        added = await root.post("/admin/chat/provider/add/", **provider(telltale))
        assert added.status == 302
        conversation = await root.start("hello")
        viewer = await Viewer(root, conversation).finish()
        assert list(viewer.statuses.values()) == ["failed"]
        assert CANARY not in str(viewer.heard)
        for path in [
            *PAGES,
            f"/conversations/{conversation}/",
            f"/admin/chat/conversation/{conversation}/change/",
        ]:
            page = await root.get(path)
            assert CANARY not in page.html, path
    assert product.database.query("SELECT COUNT(*) FROM chat_provider")[0][0] > 1
    assert CANARY.encode() not in product.database.everything()
    files = [path for path in product.data.rglob("*") if path.is_file()]
    for path in [*files, product.log]:
        assert CANARY.encode() not in path.read_bytes(), path


def provider(url):
    rows = {"models-TOTAL_FORMS": "1", "models-INITIAL_FORMS": "0"}
    model = {"models-0-name": "parrot", "models-0-enabled": "on", "models-0-is_default": "on"}
    return {
        "name": "Telltale",
        "kind": "openai",
        "base_url": url,
        "key": CANARY,
        "enabled": "on",
        **rows,
        **model,
    }


async def test_what_people_write_is_in_no_log(start_product):
    product = start_product(LOG_LEVEL="DEBUG", DEMO_TOKENS_PER_SECOND="2000")
    words = "a quokka in the reeds"
    async with Person(product.url) as alice:
        await alice.sign_in("alice", PASSWORD)
        conversation = await alice.start(words)
        await Viewer(alice, conversation).finish()
        await alice.get("/accounts/login/?next=/quokka/")
    log = product.log.read_text()
    assert "quokka in the reeds" not in log
    assert PASSWORD not in log
