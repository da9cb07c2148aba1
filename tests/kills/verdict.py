"""What holds of every reply, whatever was killed while it streamed."""

from collections import Counter
from dataclasses import dataclass, field

from tests.faults.scripts import word, words
from tests.faults.world import World
from tests.kills.crowd import Asked, Crowd
from tests.ledger import TurnRow


@dataclass
class Verdict:
    """`wrong` is to be empty."""

    ends: Counter[str] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    viewers: int = 0
    characters: int = 0
    reloads: int = 0

    def __str__(self) -> str:
        ends = ", ".join(f"{count} {status}" for status, count in self.ends.most_common())
        lines = [
            f"{self.ends.total()} replies ({ends}), {self.viewers} viewers, {self.characters} characters, "
            f"{self.reloads} pages loaded again, refused and sent again: {dict(self.refused)}",
            *self.wrong,
        ]
        return "\n".join(lines)


def judge(world: World, crowd: Crowd, length: int) -> Verdict:
    """Of replies that are `length` words where nobody cuts them short."""
    verdict = Verdict()
    rows: dict[str, list[TurnRow]] = {}
    for row in world.ledger.every_turn():
        if row.conversation not in crowd.before:
            rows.setdefault(row.conversation, []).append(row)
    for asked in crowd.asked:
        mine = rows.pop(asked.conversation, [])
        verdict.refused += asked.refused
        if len(mine) != 1:
            verdict.wrong.append(f"{asked.text} was asked once and answered {len(mine)} times")
            continue
        verdict.ends[mine[0].status] += 1
        faults = [*_of_the_row(world, mine[0], length), *_of_the_viewers(asked, mine[0])]
        faults += _of_the_model(world, asked, mine[0])
        verdict.wrong += [f"{asked.text} {mine[0].turn}: {fault}" for fault in faults]
        verdict.viewers += len(asked.viewers)
        verdict.reloads += sum(viewer.reloads for viewer in asked.viewers)
        verdict.characters += sum(len(text) for viewer in asked.viewers for text in viewer.texts.values())
    verdict.wrong += [f"nobody asked for conversation {each}" for each in rows]
    return verdict


def _of_the_row(world: World, row: TurnRow, length: int) -> list[str]:
    wrong = []
    if not row.is_over:
        wrong.append(f"is still {row.status}")
    if row.status not in ("complete", "interrupted"):
        wrong.append(f"is {row.status} ({row.reason}: {row.error} {row.error_detail})")
    if row.status == "complete" and row.text != words(length):
        wrong.append(f"is complete with {row.text[-40:]!r}")
    if not f"{words(length)}".startswith(row.text) or (row.text and not row.text.endswith(" ")):
        wrong.append(f"has a hole or a repetition: {_first_difference(row.text)}")
    before, now, has_begun = world.ledger.epochs(row)
    went_on = not has_begun and _went_on_without(row.text, before, now)
    if "".join(before) + now != row.text and not went_on:
        wrong.append(f"row and journal differ: {_first_difference(''.join(before) + now)}")
    return wrong


def _went_on_without(text: str, before: list[str], now: str) -> bool:
    """While the journal was away the reply was kept in its row; then the topic began anew, with what came from there on."""
    at = 0
    for delta in before:
        found = text.find(delta, at)
        if found < 0:
            return False
        at = found + len(delta)
    return text[at:].endswith(now)


def _first_difference(text: str) -> str:
    for number, said in enumerate(text.split(" ")):
        if said + " " != word(number):
            return f"{word(number)!r} is {said!r}"
    return "at the end"


def _of_the_viewers(asked: Asked, row: TurnRow) -> list[str]:
    wrong = []
    for viewer in asked.viewers:
        seen, status = viewer.texts.get(row.turn, ""), viewer.statuses.get(row.turn)
        if seen != row.text:
            wrong.append(f"over {viewer.door} ends with {seen[-20:]!r}, row with {row.text[-20:]!r}")
        if status != row.status:
            wrong.append(f"over {viewer.door} is {status}, row {row.status}")
        for before, after in viewer.taken_back:
            hole = _first_difference(before.removesuffix(" "))
            wrong.append(
                f"over {viewer.door} had {before[-20:]!r} ({hole}), and after a reload {after[-20:]!r}"
            )
    return wrong


def _of_the_model(world: World, asked: Asked, row: TurnRow) -> list[str]:
    """Asked once for each attempt, and never again."""
    times = len(world.models.asked_with(asked.text))
    return [f"was asked of the model {times} times in {row.attempt} attempts"] if times > row.attempt else []
