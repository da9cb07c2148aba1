"""The model server's stream ends, or goes wrong, before its own word that it is whole."""

import pytest

from tests.faults.model_server import DONE, Script, Wire, chunk, delta, event, finish
from tests.faults.oracles import explained, silent
from tests.faults.scripts import words

SECRET = "sk-upstream-4f9a8b7c6d5e4f3a2b1c"
SAID = "w0 w1 w2 "


def sending(*pieces: bytes, **headers: str) -> Script:
    async def script(wire: Wire) -> None:
        await wire.head(**headers)
        for piece in (delta(text) for text in ("w0 ", "w1 ", "w2 ")):
            await wire.send(piece)
        for piece in pieces:
            await wire.send(piece)

    return script


async def reset(wire: Wire) -> None:
    await sending()(wire)
    # A RST overtakes what lies in the socket: wait until it has been read.
    await wire.gone_or(0.3)
    wire.reset()


async def truncated_chunk(wire: Wire) -> None:
    await wire.head(Transfer_Encoding="chunked")
    whole = delta(SAID)
    await wire.send(b"%x\r\n%b\r\n" % (len(whole), whole))
    await wire.send(b"ff\r\ndata: {")


CUTS: dict[str, Script] = {
    "u13-clean-close": sending(),
    "u14-half-a-line": sending(event(chunk({"content": "lost"}))[:40]),
    "u16-chunk-cut": truncated_chunk,
    "u16-reset": reset,
}
FAILURES: dict[str, tuple[Script, str]] = {
    "u17-malformed": (
        sending(b'data: {"choices": [{]}, "key": "%b"}\n\n' % SECRET.encode(), DONE),
        "malformed",
    ),
    "u26-error-object": (
        sending(event({"error": {"message": f"boom {SECRET}", "code": 500}}), DONE),
        "upstream",
    ),
    "u26-error-string": (sending(event({"error": "a plain string"})), "upstream"),
    "u27-error-event": (sending(b"event: error\n" + event({"message": f"boom {SECRET}"}), DONE), "upstream"),
}
SCRIPTS: dict[str, Script] = {
    **CUTS,
    **{name: script for name, (script, _) in FAILURES.items()},
    "u23-done-alone": sending(DONE),
    "u23-finish-alone": sending(finish()),
}


@pytest.mark.parametrize("model", CUTS)
async def test_a_cut_reply_is_interrupted_keeps_its_text_and_is_not_paid_for_twice(world, alice, model):
    viewer = await world.begin(alice, model)
    row = await world.outcome(viewer)
    assert (row.status, row.reason, row.text) == ("interrupted", "cut", words(3))
    explained(row, (await alice.open(viewer.conversation)).answer, way_out="continue")
    assert len(world.models.asked(model)) == 1


@pytest.mark.parametrize("model", FAILURES)
async def test_an_error_in_mid_stream_fails_keeps_the_text_and_tells_no_secret(world, alice, model):
    viewer = await world.begin(alice, model)
    row = await world.outcome(viewer)
    assert (row.status, row.reason, row.text) == ("failed", FAILURES[model][1], SAID)
    page = await alice.open(viewer.conversation)
    explained(row, page.answer)
    assert len(row.error_detail) <= 200
    silent(SECRET, world.ledger, world.log, page.html)
    assert len(world.models.asked(model)) == 1


@pytest.mark.parametrize("model", ["u23-done-alone", "u23-finish-alone"])
async def test_u23_either_word_of_the_server_makes_a_reply_complete(world, alice, model):
    """U23; without either it is U13."""
    row = await world.outcome(await world.begin(alice, model))
    assert (row.status, row.text) == ("complete", SAID)
