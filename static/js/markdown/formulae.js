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
  const rest = state.src.slice(begin, Math.min(state.posMax, begin + LONGEST));
  const found = rest.indexOf(closer);
  // While it is still being typed it ends where the text does.
  const end = found < 0 && !silent && isUnfinished(state) ? rest.length : found;
  const tex = end < 0 ? "" : bare(rest.slice(0, end));
  if (!tex) return false;
  if (!silent) {
    const token = state.push("formula", "span", 0);
    token.content = tex;
    token.attrs = [["class", opener === "\\(" ? "math" : DISPLAY]];
  }
  state.pos = found < 0 ? state.posMax : begin + end + 2;
  return true;
}

export function formulaBlock(state, start, end, silent) {
  const first = state.bMarks[start] + state.tShift[start];
  const closer = CLOSERS[state.src.slice(first, first + 2)];
  if (!closer || closer === "\\)" || state.sCount[start] - state.blkIndent >= 4) return false;
  const { last, isOpen } = extent(state, start, end, closer);
  if (last < 0) return false;
  const tex = bare(bare(state.getLines(start, last + 1, state.blkIndent, false)).slice(2, isOpen ? undefined : -2));
  if (!tex && !isOpen) return false;
  if (silent) return true;
  state.line = last + 1;
  const token = state.push("formula", "div", 0);
  token.content = tex;
  token.attrs = [["class", DISPLAY]];
  token.map = [start, state.line];
  token.meta = { isOpen };
  token.block = true;
  return true;
}

/** The line that ends with the closer, where the formula runs to there without a gap; or the last so far, while it is typed. */
function extent(state, start, end, closer) {
  const none = { last: -1, isOpen: false };
  const from = state.bMarks[start] + state.tShift[start] + 2;
  if (!state.env.isLive && !state.src.slice(from, from + LONGEST).includes(closer)) return none;
  const most = Math.min(end, start + MOST_LINES);
  for (let line = start; line < most; line += 1) {
    if (line > start && (state.isEmpty(line) || state.sCount[line] < state.blkIndent)) return none;
    const begin = line === start ? from : state.bMarks[line] + state.tShift[line];
    const text = state.src.slice(begin, state.eMarks[line]);
    const at = text.indexOf(closer);
    if (at >= 0) return bare(text.slice(at + 2)) ? none : { last: line, isOpen: false };
  }
  return state.env.isLive && most === end ? { last: end - 1, isOpen: true } : none;
}

export function isUnfinished({ env, src }) {
  return env.isLive && env.unfinished === src;
}

function bare(text) {
  return text.replace(AROUND, "");
}
