// How long the message is, once that begins to matter.
import { fill, gettext } from "../shell/words.js";

const MATTERS = 0.9;
// From here on the box has its full height and a direction, for which the browser would else go through the whole text:
// with dir=auto a pasted megabyte takes ten seconds, without it half of one.
const HUGE = 20_000;
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/;
const PAIRS = /[\uD800-\uDBFF][\uDC00-\uDFFF]/g;

export class Length {
  #text;
  #place;
  #most;

  constructor(text, place, most) {
    this.#text = text;
    this.#place = place;
    this.#most = most;
    text.addEventListener("paste", ({ clipboardData }) => this.#brace(clipboardData?.getData("text/plain") ?? ""));
  }

  /** Before a long text is put in, and measured. */
  #brace(pasted) {
    if (this.#text.textLength + pasted.length > HUGE) this.#fix(this.#text.textLength ? this.#text.value : pasted);
  }

  #fix(text) {
    this.#text.classList.add("huge");
    this.#text.dir = RIGHT_TO_LEFT.test(text.slice(0, 1000).match(/\p{L}/u)?.[0]) ? "rtl" : "ltr";
  }

  #free() {
    this.#text.classList.remove("huge");
    this.#text.dir = "auto";
  }

  show() {
    const { textLength } = this.#text;
    if (textLength > HUGE) this.#fix(this.#text.value);
    else if (this.#text.classList.contains("huge")) this.#free();
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
