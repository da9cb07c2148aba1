"""Pictures, which are never kept as they came: what is stored was written by our own encoder, and is pixels alone."""

from io import BytesIO
from threading import BoundedSemaphore
from typing import BinaryIO, Literal

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from .taken import Taken, Unfit

Kind = Literal["PNG", "JPEG", "GIF", "WEBP"]
# Decoded, a pixel takes up to four bytes, and resizing as many again for what comes of it.
PIXELS_MAX = 64_000_000
EDGE = 2048
ORIENTATION = 0x0112
THUMB_EDGE = 320
# Above that a picture without transparency is a photograph that somebody saved as PNG.
PNG_MAX_BYTES = 2 * 1024 * 1024
AT_ONCE = 2
_under_way = BoundedSemaphore(AT_ONCE)
# Pillow warns above this, and refuses above twice as much; we refuse at once.
Image.MAX_IMAGE_PIXELS = PIXELS_MAX
# Modes in which pixels can be mixed; in others they are numbers of colours.
SMOOTH = ("RGB", "RGBA", "L", "LA", "CMYK", "YCbCr")
# What a decoder says of broken data depends on the format and on where it breaks.
BROKEN = (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError, ArithmeticError)


def kind_of(head: bytes) -> Kind | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    return "WEBP" if head.startswith(b"RIFF") and head[8:12] == b"WEBP" else None


def take(file: BinaryIO, kind: Kind) -> Taken:
    with _under_way:
        try:
            return _taken(_open(file, kind), kind)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise _too_large() from error
        except (*BROKEN, MemoryError) as error:
            raise Unfit(_("This picture is damaged: it cannot be read.")) from error


def _open(file: BinaryIO, kind: Kind) -> Image.Image:
    """Its header alone is read until here, which says how large it would get."""
    image = Image.open(file, formats=(kind,))
    if image.width * image.height > PIXELS_MAX:
        raise _too_large()
    # A JPEG can be decoded at a fraction of its size right away.
    image.draft("RGB", (EDGE, EDGE))
    return image


def _too_large() -> Unfit:
    most = PIXELS_MAX // 1_000_000
    return Unfit(
        _("This picture has too many pixels: at most %(most)d million. Make it smaller, and attach that.")
        % {"most": most}
    )


def _taken(image: Image.Image, kind: Kind) -> Taken:
    """Of what moves, the first picture."""
    if image.mode in SMOOTH:
        # First of all, so that there are never two of its full size.
        image.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS)
    image.load()
    picture = image.convert("RGBA" if image.has_transparency_data else "RGB")
    # Which way is up is said beside the pixels, where nothing will be left of it.
    picture.info.clear()
    picture.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS)
    picture = _upright(picture, image)
    data, media_type = _encode(picture, kind)
    thumb = picture.copy()
    thumb.thumbnail((THUMB_EDGE, THUMB_EDGE), Image.Resampling.LANCZOS)
    return Taken(
        "image",
        media_type,
        data,
        thumb=_written(thumb, "WEBP", quality=80),
        width=picture.width,
        height=picture.height,
    )


def _upright(picture: Image.Image, original: Image.Image) -> Image.Image:
    try:
        exif = original.getexif()
    except BROKEN:
        return picture
    picture.getexif()[ORIENTATION] = exif.get(ORIENTATION, 1)
    return ImageOps.exif_transpose(picture)


def _encode(picture: Image.Image, kind: Kind) -> tuple[bytes, str]:
    """PNG keeps letters and lines sharp; what was lossy, or is large without being transparent, becomes JPEG."""
    if kind != "JPEG":
        data = _written(picture, "PNG")
        if picture.mode == "RGBA" or len(data) <= PNG_MAX_BYTES:
            return data, "image/png"
    return _written(picture, "JPEG", quality=88), "image/jpeg"


def _written(picture: Image.Image, form: str, **options: int) -> bytes:
    out = BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()
