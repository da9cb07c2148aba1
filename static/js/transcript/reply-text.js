// The text of one reply: Markdown as far as its weight goes, and what is beyond that as it is.
import { MarkdownStream } from "../markdown/stream.js";
import { HEAVIEST, endOf, normalise, plain, weightOf } from "../markdown/markdown.js";
import { fragment } from "../shell/html.js";
import { reconcileAfter } from "./reconcile.js";

export class ReplyText {
  #place;
  #stream;
  // As it came, and with one kind of line end.
  #said = "";
  #text = "";
  #carriage = "";
  #weight = 0;
  // Where Markdown ends, and the piece of plain text that is not full yet: its place in the text, and the node before it.
  #end = Infinity;
  #piece = 0;
  #last = null;

  /** `place` shows what the server made of the text so far. */
  constructor(place, text) {
    this.#place = place;
    this.#stream = new MarkdownStream(place);
    this.append(text);
    this.paint();
  }

  get text() {
    return this.#said;
  }

  append(text) {
    this.#said += text;
    // The line feed that belongs to a carriage return may come with the next words.
    const whole = this.#carriage + text;
    this.#carriage = whole.endsWith("\r") ? "\r" : "";
    const fresh = normalise(this.#carriage ? whole.slice(0, -1) : whole);
    this.#text += fresh;
    this.#weight += weightOf(fresh);
  }

  paint() {
    if (this.#weight > HEAVIEST && this.#end === Infinity) this.#endMarkdown();
    if (this.#end === Infinity) this.#stream.paint(this.#text);
    else this.#paintPlain();
  }

  /** Nothing more will come: what stands then is what the server stores. */
  finish() {
    if (this.#carriage) this.#text += "\n";
    this.#carriage = "";
    this.paint();
    if (this.#end === Infinity) this.#stream.finish(this.#text);
  }

  #endMarkdown() {
    const end = endOf(this.#text);
    if (end === this.#text.length) return;
    this.#stream.finish(this.#text.slice(0, end));
    this.#end = this.#piece = end;
    this.#last = this.#place.lastChild;
  }

  #paintPlain() {
    const pieces = [...fragment(plain(this.#text.slice(this.#piece))).children];
    const full = pieces.slice(0, -1).flatMap((piece) => [piece, document.createTextNode("\n")]);
    reconcileAfter(this.#place, this.#last, [...full, ...pieces.slice(-1), document.createTextNode("\n")]);
    for (const piece of pieces.slice(0, -1)) this.#piece += piece.textContent.length;
    for (let count = full.length; count > 0; count -= 1) this.#last = this.#last.nextSibling;
  }
}
