// How long the message is, once that begins to matter.
import { fill, gettext } from "./words.js";

const MATTERS = 0.9;
// From here on the box has its full height, so that the browser need not measure the text for it.
const HUGE = 20_000;
const PAIRS = /[\uD800-\uDBFF][\uDC00-\uDFFF]/g;

export class Length {
  #text;
  #place;
  #most;

  constructor(text, place, most) {
    this.#text = text;
    this.#place = place;
    this.#most = most;
  }

  show() {
    const { textLength } = this.#text;
    this.#text.classList.toggle("huge", textLength > HUGE);
    const matters = textLength > this.#most * MATTERS;
    this.#place.hidden = !matters;
    if (!matters) return;
    const count = countOf(this.#text.value);
    const numbers = { count: count.toLocaleString(), most: this.#most.toLocaleString() };
    this.#place.textContent = fill(gettext("%(count)s of %(most)s characters"), numbers);
    this.#place.toggleAttribute("data-over", count > this.#most);
  }

  /** By how many characters a text is too long. */
  excessOf(text) {
    return text.length > this.#most ? Math.max(0, countOf(text) - this.#most) : 0;
  }
}

/** As the server counts: a pair of surrogates is one. */
function countOf(text) {
  return text.length - (text.match(PAIRS)?.length ?? 0);
}
