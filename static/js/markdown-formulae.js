// TeX between its delimiters, kept as it was written. chat/markdown/ is the other port.

const LONGEST = 4_000;
const MOST_LINES = 60;
const CLOSERS = { "$$": "$$", "\\[": "\\]", "\\(": "\\)" };
const AROUND = /^[ \t\n]+|[ \t\n]+$/g;
const DISPLAY = "math math-display";

export function formula(state, silent) {
  const opener = state.src.slice(state.pos, state.pos + 2);
  const closer = CLOSERS[opener];
  if (!closer) return false;
  const begin = state.pos + 2;
  const end = state.src.slice(begin, Math.min(state.posMax, begin + LONGEST)).indexOf(closer);
  const tex = end < 0 ? "" : bare(state.src.slice(begin, begin + end));
  if (!tex) return false;
  if (!silent) {
    const token = state.push("formula", "span", 0);
    token.content = tex;
    token.attrs = [["class", opener === "\\(" ? "math" : DISPLAY]];
  }
  state.pos = begin + end + 2;
  return true;
}

export function formulaBlock(state, start, end, silent) {
  const first = state.bMarks[start] + state.tShift[start];
  const closer = CLOSERS[state.src.slice(first, first + 2)];
  if (!closer || closer === "\\)" || state.sCount[start] - state.blkIndent >= 4) return false;
  const last = lastLine(state, start, end, closer);
  if (last < 0) return false;
  const tex = bare(bare(state.getLines(start, last + 1, state.blkIndent, false)).slice(2, -2));
  if (!tex) return false;
  if (silent) return true;
  state.line = last + 1;
  const token = state.push("formula", "div", 0);
  token.content = tex;
  token.attrs = [["class", DISPLAY]];
  token.map = [start, state.line];
  token.block = true;
  return true;
}

/** The line that ends with the closer, where the formula runs to there without a gap; else -1. */
function lastLine(state, start, end, closer) {
  const from = state.bMarks[start] + state.tShift[start] + 2;
  if (!state.src.slice(from, from + LONGEST).includes(closer)) return -1;
  for (let line = start; line < Math.min(end, start + MOST_LINES); line += 1) {
    if (line > start && (state.isEmpty(line) || state.sCount[line] < state.blkIndent)) return -1;
    const begin = state.bMarks[line] + state.tShift[line] + (line === start ? 2 : 0);
    const text = state.src.slice(begin, state.eMarks[line]);
    const at = text.indexOf(closer);
    if (at >= 0) return bare(text.slice(at + 2)) ? -1 : line;
  }
  return -1;
}

function bare(text) {
  return text.replace(AROUND, "");
}
