// Blocks of a text, among its tokens and its lines.
import { markdown } from "./markdown.js";

const LABEL = /\[((?:[^[\]\\]|\\[^])+)\]/g;

/** The tokens of each top-level block. */
export function blocksOf(tokens) {
  const blocks = [];
  let depth = 0;
  for (const token of tokens) {
    if (depth === 0) blocks.push([]);
    blocks.at(-1).push(token);
    depth += token.nesting;
  }
  return blocks;
}

/** The tokens of blocks as their lines tell them: what stands in them is not looked at. */
export function linesOf(source, references) {
  const tokens = [];
  markdown.block.parse(source, markdown, { references, isLive: true }, tokens);
  return tokens;
}

/** Where a line begins, or where the text ends. */
export function startOfLine(text, line) {
  let at = 0;
  for (let count = 0; count < line; count += 1) {
    at = text.indexOf("\n", at) + 1;
    if (at === 0) return text.length;
  }
  return at;
}

/** What may refer to a link that is defined elsewhere. */
export function labelsIn(source) {
  const labels = [...source.matchAll(LABEL)].map(([, label]) => markdown.utils.normalizeReference(label));
  return new Set(labels);
}

export function htmlOf(tokens) {
  return markdown.renderer.render(tokens, markdown.options, {});
}
