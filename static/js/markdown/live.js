// Rules for the last line of a text that is still being typed: what has been opened is taken to be closed at its end.
import { isUnfinished } from "./formulae.js";
import { markdown } from "./markdown.js";

const UNCLOSED_LINK = /^\[([^[\]\n]*)\]\([^)\n]*$/;

markdown.core.ruler.before("inline", "unfinished", findUnfinished);
markdown.inline.ruler.before("backticks", "unfinished_code", code);
markdown.inline.ruler.after("link", "unfinished_link", link);
markdown.inline.ruler2.after("balance_pairs", "unfinished_emphasis", emphasis);

/** The text that may still grow: the last of all, where nothing but the ends of its blocks comes after it. */
function findUnfinished({ env, tokens }) {
  if (!env.isLive) return;
  const last = tokens.findLast(({ nesting }) => nesting >= 0);
  env.unfinished = last?.type === "inline" ? last.content : null;
}

function code(state, silent) {
  if (silent || !isUnfinished(state) || state.src[state.pos] !== "`") return false;
  const [marker] = /^`+/.exec(state.src.slice(state.pos));
  const rest = state.src.slice(state.pos + marker.length);
  if (rest.split(/(`+)/).includes(marker)) return false;
  const token = state.push("code_inline", "code", 0);
  token.content = rest.replace(/\n/g, " ");
  state.pos = state.posMax;
  return true;
}

function link(state, silent) {
  if (silent || !isUnfinished(state)) return false;
  const label = state.src[state.pos] === "[" && UNCLOSED_LINK.exec(state.src.slice(state.pos))?.[1];
  if (!label) return false;
  const end = state.posMax;
  state.push("unfinished_open", "a", 1);
  state.pos += 1;
  state.posMax = state.pos + label.length;
  state.md.inline.tokenize(state);
  state.push("unfinished_close", "a", -1);
  state.pos = state.posMax = end;
  return true;
}

/** Gives every opener that waits for its end, and is not within a pair, an end after all that has come. */
function emphasis(state) {
  if (!isUnfinished(state)) return;
  const { delimiters } = state;
  const waiting = [];
  let covered = -1;
  for (const [at, { end, open }] of delimiters.entries()) {
    if (end < 0 && open && at > covered) waiting.push(at);
    covered = Math.max(covered, end);
  }
  for (const at of waiting.reverse()) {
    const { marker } = delimiters[at];
    const token = state.push("text", "", 0);
    token.content = String.fromCharCode(marker);
    delimiters[at].end = delimiters.length;
    delimiters.push({ marker, length: 0, token: state.tokens.length - 1, end: -1, open: false, close: true });
  }
}
