// The {{blanks}} of a saved prompt: one after another is selected, to be typed over.

const BLANK = /\{\{[^{}\n]{1,60}\}\}/g;

export class Blanks {
  #text;
  #isFilling = false;

  constructor(text) {
    this.#text = text;
    text.addEventListener("keydown", (event) => this.#pressed(event));
    text.addEventListener("blur", () => (this.#isFilling = false));
  }

  begin() {
    this.#text.focus();
    this.#text.setSelectionRange(0, 0);
    this.#isFilling = true;
    if (!this.#next()) this.#end();
  }

  #pressed(event) {
    if (!this.#isFilling || event.isComposing) return;
    if (event.key === "Escape") this.#isFilling = false;
    if (event.key !== "Tab" || event.shiftKey) return;
    event.preventDefault();
    if (!this.#next()) this.#end();
  }

  /** Selects the blank that comes next, after the last one the first. */
  #next() {
    const blanks = [...this.#text.value.matchAll(BLANK)];
    const blank = blanks.find(({ index }) => index >= this.#text.selectionEnd) ?? blanks[0];
    if (blank) this.#text.setSelectionRange(blank.index, blank.index + blank[0].length);
    return blank;
  }

  #end() {
    this.#isFilling = false;
    this.#text.setSelectionRange(this.#text.textLength, this.#text.textLength);
  }
}
