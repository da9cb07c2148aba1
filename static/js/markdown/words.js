// Words that follow words: they go to the end of the last text, and nothing has to be rendered.

// Points and dashes mean something at the beginning of a line alone.
const PLAIN = /^[\p{L}\p{N} ,;.:?'"()/%—–…“”„-]+$/u;
const WORD = /[\p{L}\p{N},;.:?'"()/%—–…“”„-]+$/u;

export class Words {
  #node = null;
  #length = 0;
  #space = "";

  /** After `text` has been rendered just as it is; `place` is null where it has not. */
  follow(text, place) {
    const written = text.trimEnd();
    const word = place && WORD.exec(written.slice(-80))?.[0];
    const node = word && endOf(place);
    this.#node = node?.data.endsWith(word) ? node : null;
    this.#length = text.length;
    this.#space = text.slice(written.length);
    if (this.#space.includes("\n")) this.#node = null;
  }

  stop() {
    this.#node = null;
  }

  /** False where what has come has to be looked at. */
  grow(text) {
    const fresh = text.slice(this.#length);
    if (!this.#node || !PLAIN.test(fresh)) return false;
    const words = this.#space + fresh;
    const written = words.trimEnd();
    if (written) this.#node.appendData(written);
    this.#space = words.slice(written.length);
    this.#length = text.length;
    return true;
  }
}

/** The last text of a place that is not mere layout. */
function endOf(place) {
  let node = place.lastElementChild;
  while (node && node.nodeType !== Node.TEXT_NODE) {
    node = node.lastChild;
    if (node?.data === "\n" && node.previousSibling) node = node.previousSibling;
  }
  return node;
}
