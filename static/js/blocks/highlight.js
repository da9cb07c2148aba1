// Colours for code. Whole lines are painted from the top; new text is appended to the last text node of the `code`. The
// text itself never changes, and what is painted is never touched again.
import { grammar } from "./languages.js";
import { Lines } from "./lines.js";
import { later } from "./slices.js";

const LONGEST_TEXT = 500_000;
const LONGEST_STRETCH = 20_000;
const LONGEST_LINE = 2_000;
const painters = new WeakMap();

/** `isFinal`: no more text will come. May be called again and again; each call goes on from where the last one ended. */
export function highlight(code, language, isFinal) {
  if (!painters.has(code)) painters.set(code, new Painter(code, language));
  painters.get(code).go(isFinal);
}

class Painter {
  #lines;
  #language;
  #highlighter;
  #isFinal = false;
  #isAtWork = false;
  #count = 1;
  #painted = 0;

  constructor(code, language) {
    this.#lines = new Lines(code);
    this.#language = language;
  }

  async go(isFinal) {
    this.#isFinal ||= isFinal;
    this.#lines.split();
    if (this.#isAtWork) return;
    this.#isAtWork = true;
    this.#highlighter ??= grammar(this.#language);
    const highlighter = await this.#highlighter;
    if (highlighter) later(this.#paint(highlighter));
  }

  *#paint(highlighter) {
    let text = this.#next();
    while (text && this.#painted < LONGEST_TEXT) {
      this.#try(highlighter, text);
      yield;
      text = this.#next();
    }
    this.#isAtWork = false;
  }

  #next() {
    return this.#lines.first(this.#count, this.#isFinal);
  }

  /**
   * Lines can be painted by themselves once they leave no string, comment or bracket open. While they do, twice as many
   * are taken together. A comment that never ends is cut somewhere, rather than painted again for each line of it.
   */
  #try(highlighter, text) {
    if (text.length / this.#count > LONGEST_LINE) return this.#put(text, [text]);
    const { _emitter: painted, _top: open } = highlighter.highlight(text, {
      language: this.#language,
      ignoreIllegals: true,
    });
    const isAll = this.#isFinal && text.length === this.#lines.restLength;
    if (open?.parent && !isAll && text.length * 2 < LONGEST_STRETCH) this.#count *= 2;
    else this.#put(text, painted.rootNode.children);
    return undefined;
  }

  #put(text, tokens) {
    const painted = document.createDocumentFragment();
    append(painted, tokens);
    this.#lines.put(text.length, painted);
    this.#painted += text.length;
    this.#count = 1;
  }
}

/** Tokens are strings, or have a scope and tokens of their own. Neighbouring strings become one node. */
function append(parent, tokens) {
  for (const token of tokens) {
    if (typeof token === "string") {
      if (parent.lastChild?.nodeType === Node.TEXT_NODE) parent.lastChild.appendData(token);
      else parent.append(token);
    } else if (token.scope) {
      const span = document.createElement("span");
      span.className = classOf(token.scope);
      append(span, token.children);
      parent.append(span);
    } else append(parent, token.children);
  }
}

const classOf = (scope) => `hl-${scope.replace(/[.:].*/, "").replace(/[^a-z]+/gi, "-")}`;
