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

  /** `{text, key, files}`; the key is empty where the text was never sent, and stands for it with those files. */
  load() {
    try {
      return { text: "", key: "", files: "", ...JSON.parse(this.#storage.getItem(this.#name)) };
    } catch {
      return { text: "", key: "", files: "" };
    }
  }

  save(text, key = "", files = "") {
    clearTimeout(this.#timer);
    this.#waiting = undefined;
    try {
      if (text || key) this.#storage.setItem(this.#name, JSON.stringify({ text, key, ...(files && { files }) }));
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
