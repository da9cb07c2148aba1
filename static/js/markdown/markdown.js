// Text of a model -> HTML that is safe to show. chat/markdown/ is the other port of these rules: change both.
import MarkdownIt from "../../vendor/markdown-it/browser/markdown-it.esm.min.mjs";
import { formula, formulaBlock } from "./formulae.js";
import { isAddress, links } from "./links.js";

// A text is Markdown so far as its weight goes, and shown as it is from there on, in pieces.
export const HEAVIEST = 300_000;
const WEIGHTS = { "[": 20, "*": 10, "\n": 5 };
const PIECE = 4_000;
const DEEPEST = 32;
const LANGUAGE = /^[ \t]*([A-Za-z0-9_+#.*-]{1,40})/;
const TASK = /^\[([ xX])\] /;
// What Python's port takes for white space around a block.
const SPACE = "[\\t-\\r \\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
const AROUND = new RegExp(`^${SPACE}|${SPACE}$`, "g");

export const markdown = new MarkdownIt("commonmark", { html: false, maxNesting: 100 });
const { Token } = new markdown.core.State("", markdown, {});
markdown.enable(["table", "strikethrough"]);
markdown.validateLink = isAddress;
markdown.normalizeLink = markdown.utils.lib.mdurl.encode;
markdown.normalizeLinkText = (url) => url;
const interrupting = { alt: ["paragraph", "reference", "blockquote", "list"] };
markdown.block.ruler.before("table", "deep", deep);
markdown.block.ruler.before("fence", "formula", formulaBlock, interrupting);
markdown.inline.ruler.before("escape", "formula", formula);
markdown.core.ruler.before("inline", "trim", trim);
markdown.core.ruler.before("text_join", "tasks", tasks);
markdown.core.ruler.before("text_join", "links", links);
markdown.core.ruler.before("text_join", "languages", languages);
markdown.core.ruler.before("text_join", "columns", columns);
markdown.core.ruler.push("shallow", shallow);
markdown.renderer.rules.formula = formulaHtml;

/** The whole text, final. */
export function render(text) {
  const source = normalise(text);
  const end = endOf(source);
  return markdown.render(source.slice(0, end)) + plain(source.slice(end));
}

/** With one kind of line end, and without what is white space to one port alone. */
export function normalise(text) {
  return text.replace(/\r\n?/g, "\n").replace(/\0/g, "\ufffd").replace(/\ufeff/g, "\u2060");
}

/** Where Markdown ends. */
export function endOf(text) {
  if (weightOf(text) <= HEAVIEST) return text.length;
  let [end, weight] = [0, 0];
  for (const char of text) {
    weight += WEIGHTS[char] ?? 1;
    if (weight > HEAVIEST) return end;
    end += char.length;
  }
  return end;
}

/** Its weight, or a little more: characters beyond the first plane count twice. */
export function weightOf(text) {
  let weight = text.length;
  for (const [char, each] of Object.entries(WEIGHTS)) weight += (text.split(char).length - 1) * (each - 1);
  return weight;
}

export function plain(text) {
  const pieces = text.match(new RegExp(`[^]{1,${PIECE}}`, "gu")) ?? [];
  return pieces.map((content) => element("p", [["class", "plain"]], content, true)).join("");
}

function formulaHtml(tokens, at) {
  const { tag, attrs, content, block } = tokens[at];
  return element(tag, attrs, content, block);
}

function element(tag, attrs, content, block) {
  const [open, close] = [1, -1].map((nesting) => new Token("element", tag, nesting));
  open.attrs = attrs;
  close.block = block;
  const { renderer, utils } = markdown;
  return renderer.renderToken([open], 0) + utils.escapeHtml(content) + renderer.renderToken([close], 0);
}

function trim({ tokens }) {
  for (const token of tokens) {
    if (token.type === "inline") token.content = token.content.replace(AROUND, "");
  }
}

function tasks({ tokens }) {
  for (const [at, inline] of tokens.entries()) {
    const first = inline.type === "inline" && inline.children[0];
    const isFirst = tokens[at - 2]?.type === "list_item_open" && tokens[at - 1].type === "paragraph_open";
    if (!isFirst || first?.type !== "text") continue;
    const task = TASK.exec(first.content);
    if (!task) continue;
    tokens[at - 2].attrSet("class", "task");
    first.content = (task[1] === " " ? "☐" : "☑") + first.content.slice(3);
  }
}

/** The first word behind a fence, where it can be the name of a language. */
function languages({ tokens }) {
  for (const token of tokens) {
    if (token.type === "fence") token.info = LANGUAGE.exec(token.info)?.[1] ?? "";
  }
}

/** An attribute of GFM's in place of a style, which our pages do not allow. */
function columns({ tokens }) {
  for (const token of tokens) {
    const style = /^t[hd]_open$/.test(token.type) && token.attrGet("style");
    if (style) token.attrs = [["align", style.replace("text-align:", "")]];
  }
}

/** Emphasis within emphasis beyond all reading is text. */
function shallow({ tokens }) {
  for (const token of tokens) {
    if (token.type === "inline" && token.children.some(({ level }) => level > DEEPEST)) {
      const text = new Token("text", "", 0);
      text.content = token.content;
      token.children = [text];
    }
  }
}

/** Lists and quotes beyond a depth are text; the library would leave them out. */
function deep(state, start, end, silent) {
  if (silent || state.level < DEEPEST) return false;
  state.line = end;
  state.push("paragraph_open", "p", 1);
  const inline = state.push("inline", "", 0);
  inline.content = state.getLines(start, end, state.blkIndent, false);
  inline.children = [];
  state.push("paragraph_close", "p", -1);
  return true;
}
