"""What a file is, is told by its content; what cannot be taken is refused with a word that helps."""

import tracemalloc
from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from chat.attachments import Unfit, pdf, take
from chat.attachments.types import name_of
from tests.attachments import making


def taken(data, name="file"):
    return take(BytesIO(data), name)


def opened(data):
    image = Image.open(BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(
    ("form", "media_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("GIF", "image/png"), ("WEBP", "image/png")],
)
def test_a_picture_is_one_whatever_it_is_called(form, media_type):
    found = taken(making.picture(form), "letter.pdf")
    assert (found.kind, found.media_type, found.width, found.height) == ("image", media_type, 40, 30)
    assert opened(found.data).get_format_mimetype() == media_type
    assert opened(found.thumb).format == "WEBP"


def test_nothing_but_pixels_is_kept_of_a_photograph():
    found = taken(making.photograph())
    for secret in (b"Secret Camera", b"where I live", b"Exif"):
        assert secret in making.photograph()
        assert secret not in found.data + found.thumb
    assert (found.width, found.height) == (300, 400), "it stands upright"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
@pytest.mark.parametrize(
    "hidden", [b"<script>alert(1)</script>", b"<?php system('id') ?>", b"%PDF-1.7", b"PK\x03\x04word/x"]
)
def test_what_hides_behind_a_picture_is_gone(form, hidden):
    found = taken(making.picture(form) + hidden)
    assert hidden not in found.data + found.thumb


def test_what_hides_in_the_words_of_a_picture_is_gone():
    words = PngInfo()
    words.add_text("Comment", "<script>alert(1)</script>")
    assert b"script" not in taken(making.picture("PNG", pnginfo=words)).data


def test_a_large_picture_is_made_smaller():
    found = taken(making.picture("JPEG", (5000, 2500)))
    assert (found.width, found.height) == (2048, 1024)
    assert max(opened(found.thumb).size) == 320


def test_of_what_moves_the_first_picture_is_kept():
    found = opened(taken(making.moving()).data)
    assert getattr(found, "n_frames", 1) == 1
    assert found.convert("RGB").getpixel((5, 5)) == (255, 0, 0)


def test_transparency_stays():
    out = BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(out, "WEBP", lossless=True)
    assert opened(taken(out.getvalue()).data).convert("RGBA").getpixel((5, 5))[3] == 0


@pytest.mark.parametrize("edge", [9_000, 20_000, 100_000])
def test_a_picture_of_monstrous_size_is_never_decoded(edge):
    data = making.png_of(edge, edge)
    tracemalloc.start()
    try:
        with pytest.raises(Unfit, match="at most 64 million"):
            taken(data)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_damaged_picture_is_refused_wherever_it_breaks(form):
    whole = making.picture(form, (300, 300))
    for cut in (12, 20, 30, len(whole) // 3, len(whole) // 2):
        with pytest.raises(Unfit, match="damaged"):
            taken(whole[:cut])


@pytest.mark.parametrize(
    "text",
    [
        "plain\nwords",
        "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "<!doctype html><script>alert(1)</script>",
        "a;b\r\n1;2\r\n",
        "שלום 日本語 🙂",
    ],
)
def test_text_of_any_kind_is_text(text):
    for data in (text.encode(), b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16")):
        found = taken(data, "picture.png")
        assert (found.kind, found.media_type) == ("text", "text/plain")
        assert found.text == text.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"PK\x03\x04\x14\x00[Content_Types].xml", "Save it as PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Save it as PDF"),
        (b"PK\x03\x04\x14\x00photos/1.jpg", "Archives"),
        (b"\x1f\x8b\x08\x00", "Archives"),
        (b"\x00\x00\x00\x18ftypheic", "PNG or JPEG"),
        (b"BM\x00\x00", "PNG or JPEG"),
        (b"\x00\x00\x00\x18ftypisom", "Sound and video"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "Sound and video"),
        ("Grüße".encode("latin-1"), "UTF-8"),
        (b"words\x00words", "pictures, PDF and text"),
        (b"\x7fELF\x02\x01\x01" + bytes(100), "pictures, PDF and text"),
        (b"\xff\xfe\x00\xd8", "older encoding|pictures, PDF"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_word_that_helps(data, word):
    with pytest.raises(Unfit, match=word):
        taken(data, "report.txt")


def test_a_pdf_gives_its_text():
    found = taken(b"\n" + making.pdf("The first page.", "The second page."), "notes.txt")
    assert (found.kind, found.media_type) == ("pdf", "application/pdf")
    assert found.text == "The first page.\n\nThe second page."


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (making.pdf_bomb, "far more than it should"),
        (making.locked_pdf, "password"),
        (lambda: making.pdf(b"0 0 m 100 100 l S"), "only pictures"),
        (lambda: b"%PDF-1.7\n" + bytes(500), "damaged"),
        (lambda: making.pdf("Cut off.")[:200], "damaged"),
    ],
)
def test_a_pdf_that_cannot_be_read_says_why(make, word):
    with pytest.raises(Unfit, match=word):
        taken(make(), "x.pdf")


def test_a_pdf_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(pdf, "WALL_SECONDS", 0.01)
    with pytest.raises(Unfit, match="too long"):
        taken(making.pdf("Slow."), "x.pdf")


def test_a_name_is_text_and_never_a_path():
    assert name_of("../../etc/passwd") == "passwd"
    assert name_of("C:\\Users\\me\\a  b.txt") == "a b.txt"
    assert name_of("evil\u202etxt.exe\x00") == "evil txt.exe"
    assert name_of("") == "file"
    assert name_of("x" * 300 + ".tar") == "x" * 195 + "….tar"
