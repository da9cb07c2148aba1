"""Files in a bucket: the product as it is set up for one, against a server of our own that speaks the protocol."""

import re

import aiohttp
import pytest

from tests.attachments import making
from tests.attachments.bucket import bucket
from tests.product import PASSWORD, Product
from tests.viewers import Person

BOTO = "import sys; import chat.models; print([name for name in sys.modules if name.startswith('boto')])"


@pytest.fixture
def store():
    """None on this machine's disk."""


async def upload(person, name, data):
    form = aiohttp.FormData({"csrfmiddlewaretoken": person.token})
    form.add_field("file", data, filename=name)
    headers = {"HX-Request": "true"}
    async with person.web.post(f"{person.url}/attachments/", data=form, headers=headers) as answer:
        text = await answer.text()
        assert answer.status == 201, text
        return re.search(r'data-attachment="([0-9a-f-]{36})"', text)[1]


async def test_files_are_kept_in_a_bucket(start_product, tmp_path):
    (tmp_path / "secret").write_text("hush\n")
    with bucket() as there:
        product = start_product(
            ATTACHMENTS_S3_BUCKET="files",
            ATTACHMENTS_S3_ENDPOINT=there.url,
            ATTACHMENTS_S3_REGION="eu-north-1",
            ATTACHMENTS_S3_ACCESS_KEY="rivulet",
            ATTACHMENTS_S3_SECRET_KEY_FILE=str(tmp_path / "secret"),
        )
        async with Person(product.url) as alice:
            await alice.sign_in("alice", PASSWORD)
            notes = await upload(alice, "notes.txt", b"Remember the milk.")
            cat = await upload(alice, "cat.png", making.picture())
            assert sorted(map(len, there.objects)) == [35, 35, 41], "a picture has a small one beside it"
            assert b"Remember the milk." in there.objects.values()
            async with alice.web.get(f"{alice.url}/attachments/{notes}/") as answer:
                assert (await answer.read(), answer.status) == (b"Remember the milk.", 200)
            async with alice.web.get(f"{alice.url}/attachments/{cat}/thumb/") as answer:
                assert (answer.content_type, answer.status) == ("image/webp", 200)
            for each in (notes, cat):
                assert (await alice.post(f"/attachments/{each}/delete/")).status == 303
        assert there.objects == {}
        assert {who for _, _, who in there.asked} == {"rivulet"}, "each request is signed"
        assert not (product.data / "attachments").exists()


def test_a_disk_costs_no_s3(template, tmp_path):
    assert Product(template, tmp_path / "disk").manage("shell", "--verbosity=0", "-c", BOTO).strip() == "[]"
