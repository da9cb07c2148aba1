// The text of a reply while it comes.
import { parse } from "./html.js";
import { render } from "./markdown.js";
import { reconcileChildren } from "./reconcile.js";

export class MarkdownStream {
  #place;
  #text;

  /** `place` shows what the server made of the text so far. */
  constructor(place, text) {
    this.#place = place;
    this.#text = text;
  }

  get text() {
    return this.#text;
  }

  append(text) {
    this.#text += text;
  }

  paint() {
    reconcileChildren(this.#place, parse(render(this.#text)).body);
  }
}
