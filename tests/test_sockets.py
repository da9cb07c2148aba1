"""A frame is the same in whichever of its three lengths it comes."""

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from chat.server.sockets import framed


@pytest.mark.parametrize("size", [0, 125, 126, 0xFFFF, 0x10000])
def test_a_text_of_any_length_is_one_frame(size):
    text = "é" * (size // 2) + "x" * (size % 2)
    reader = StreamReader()
    reader.feed_data(framed(text.encode()))
    reader.feed_eof()
    frame = _run(Frame.parse(reader.read_exact, mask=False))
    assert (frame.opcode, frame.fin, bytes(frame.data).decode()) == (Opcode.TEXT, True, text)


def _run(parsing):
    try:
        while True:
            next(parsing)
    except StopIteration as done:
        return done.value
