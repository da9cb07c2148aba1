"""Files of each kind, honest and otherwise."""

import struct
import zlib
from io import BytesIO

from PIL import Image

ORIENTATION, CAMERA = 0x0112, 0x0110


def picture(form="PNG", size=(40, 30), colour="teal", **options):
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, form, **options)
    return out.getvalue()


def photograph():
    """Lying on its side, with what a camera writes beside the pixels."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[CAMERA] = 6, "Secret Camera 9"
    exif.get_ifd(0x8825)[2] = (48.0, 8.0, 0.0)
    return picture("JPEG", (400, 300), exif=exif, comment=b"where I live")


def moving():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


def png_of(width, height):
    """Says how large it is, and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pieces = (b"IHDR", header), (b"IDAT", zlib.compress(bytes(100_000))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*piece) for piece in pieces)


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pdf(*pages, compressed=False):
    """One page for each text."""
    numbers = range(len(pages))
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in numbers)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for n, page in enumerate(pages):
        box = "/MediaBox [0 0 600 800] /Resources << /Font << /F1 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} /Contents {5 + 2 * n} 0 R >>".encode())
        objects.append(_stream(page, compressed))
    return _document(objects)


def pdf_bomb():
    """Some hundred kilobytes that unpack to a hundred megabytes."""
    return pdf(b" " * 100_000_000, compressed=True)


def locked_pdf():
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf("Nobody reads this."))))
    writer.encrypt("hunter2", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _stream(page, compressed):
    said = page if isinstance(page, bytes) else f"BT /F1 20 Tf 50 700 Td ({page}) Tj ET".encode()
    data = zlib.compress(said) if compressed else said
    how = b" /Filter /FlateDecode" if compressed else b""
    return b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(data), how, data)


def _document(objects):
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count, start = len(objects) + 1, len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    return bytes(out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (count, start))
