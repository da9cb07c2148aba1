// What was typed and not yet taken by the server, per person and conversation, with the key under which it was last sent.
// That of a temporary chat stays in its tab, and ends with it.

const SOON = 300;

export class Draft {
  #name;
  #isTemporary;
  #waiting;
  #timer;

  constructor(conversation, isTemporary) {
    this.#name = `rivulet:draft:${document.body.dataset.user}:${conversation}`;
    this.#isTemporary = isTemporary;
    addEventListener("pagehide", () => this.#flush());
    document.addEventListener("visibilitychange", () => this.#flush());
  }

  /** `{text, key}`; the key is empty where the text was never sent. */
  load() {
    try {
      return { text: "", key: "", ...JSON.parse(this.#storage.getItem(this.#name)) };
    } catch {
      return { text: "", key: "" };
    }
  }

  save(text, key = "") {
    clearTimeout(this.#timer);
    this.#waiting = undefined;
    try {
      if (text) this.#storage.setItem(this.#name, JSON.stringify({ text, key }));
      else this.#storage.removeItem(this.#name);
    } catch {
      // Full or refused storage loses the draft on reload, not the text in the box.
    }
  }

  /** While somebody types: writing a long text at each key would be felt. `read` gives the text. */
  saveSoon(read) {
    clearTimeout(this.#timer);
    this.#waiting = read;
    this.#timer = setTimeout(() => this.#flush(), SOON);
  }

  #flush() {
    if (this.#waiting) this.save(this.#waiting());
  }

  get #storage() {
    return this.#isTemporary ? sessionStorage : localStorage;
  }
}
