"""TeX between its delimiters, kept as it was written. static/js/markdown/formulae.js is the other port."""

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

LONGEST, MOST_LINES = 4_000, 60
CLOSERS = {"$$": "$$", "\\[": "\\]", "\\(": "\\)"}
DISPLAY = "math math-display"
BLANK = " \t\n"


def formula(state: StateInline, silent: bool) -> bool:
    opener = state.src[state.pos : state.pos + 2]
    closer = CLOSERS.get(opener)
    if closer is None:
        return False
    begin = state.pos + 2
    end = state.src.find(closer, begin, min(state.posMax, begin + LONGEST))
    tex = state.src[begin:end].strip(BLANK) if end >= 0 else ""
    if not tex:
        return False
    if not silent:
        token = state.push("formula", "span", 0)
        token.content = tex
        token.attrs["class"] = "math" if opener == "\\(" else DISPLAY
    state.pos = end + 2
    return True


def formula_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    first = state.bMarks[start] + state.tShift[start]
    closer = CLOSERS.get(state.src[first : first + 2])
    if closer is None or closer == "\\)" or state.is_code_block(start):
        return False
    last = _last_line(state, start, end, closer)
    if last < 0:
        return False
    lines = state.getLines(start, last + 1, state.blkIndent, False).strip(BLANK)
    tex = lines[2:-2].strip(BLANK)
    if not tex:
        return False
    if not silent:
        state.line = last + 1
        token = state.push("formula", "div", 0)
        token.content = tex
        token.attrs["class"] = DISPLAY
        token.map = [start, state.line]
        token.block = True
    return True


def _last_line(state: StateBlock, start: int, end: int, closer: str) -> int:
    """The line that ends with the closer, where the formula runs to there without a gap; else -1."""
    begin = state.bMarks[start] + state.tShift[start] + 2
    if state.src.find(closer, begin, begin + LONGEST) < 0:
        return -1
    for line in range(start, min(end, start + MOST_LINES)):
        if line > start:
            if state.isEmpty(line) or state.sCount[line] < state.blkIndent:
                return -1
            begin = state.bMarks[line] + state.tShift[line]
        at = state.src.find(closer, begin, state.eMarks[line])
        if at >= 0:
            return line if not state.src[at + 2 : state.eMarks[line]].strip(BLANK) else -1
    return -1
