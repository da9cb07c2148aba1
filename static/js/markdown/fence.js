// Code whose fence is still open: text is appended to it, and nothing is rendered anew.
import { decorateOpenFence } from "../blocks/blocks.js";

const OPENER = /^(`{3,}|~{3,})/;

export class Fence {
  #pre;
  #code;
  #closer;
  #couldClose;
  // Where the line begins that may still end the code, and how far the text is shown.
  #line;
  #shown;

  /** Null where a fence is not open, or is indented, which takes its lines apart. */
  static of(token, text, start, pre) {
    const opener = OPENER.exec(text.slice(start))?.[0];
    const lines = token.map[1] - token.map[0] - 1;
    const isOpen = opener && token.content.split("\n").length - 1 === lines;
    if (!isOpen) return null;
    const fence = new Fence(opener, text.indexOf("\n", start) + 1, pre);
    return fence.grow(text) ? fence : null;
  }

  constructor(opener, begin, pre) {
    const [mark] = opener;
    this.#pre = pre;
    this.#code = pre.querySelector("code");
    this.#closer = new RegExp(`^ {0,3}${mark}{${opener.length},}[ \\t]*$`);
    this.#couldClose = new RegExp(`^ {0,3}${mark}*[ \\t]*$`);
    this.#line = begin;
    this.#shown = begin;
    this.#code.textContent = "";
  }

  /** False once the code has come to its end. */
  grow(text) {
    for (let end = text.indexOf("\n", this.#line); end >= 0; end = text.indexOf("\n", this.#line)) {
      if (this.#closer.test(text.slice(this.#line, end))) {
        this.#show(text, this.#line);
        return false;
      }
      this.#line = end + 1;
    }
    const end = this.#couldClose.test(text.slice(this.#line)) ? this.#line : text.length;
    this.#show(text, end);
    return true;
  }

  #show(text, until) {
    if (until <= this.#shown) return;
    const fresh = text.slice(this.#shown, until);
    const end = this.#code.lastChild;
    if (end?.nodeType === Node.TEXT_NODE) end.appendData(fresh);
    else this.#code.append(fresh);
    this.#shown = until;
    decorateOpenFence(this.#pre);
  }
}
