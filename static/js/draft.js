// What was typed and not yet taken by the server, per person and conversation, with the key under which it was last sent.

export class Draft {
  #name;

  constructor(conversation) {
    this.#name = `rivulet:draft:${document.body.dataset.user}:${conversation}`;
  }

  /** `{text, key}`; the key is empty where the text was never sent. */
  load() {
    try {
      return { text: "", key: "", ...JSON.parse(localStorage.getItem(this.#name)) };
    } catch {
      return { text: "", key: "" };
    }
  }

  save(text, key = "") {
    try {
      if (text) localStorage.setItem(this.#name, JSON.stringify({ text, key }));
      else localStorage.removeItem(this.#name);
    } catch {
      // Full or refused storage loses the draft on reload, not the text in the box.
    }
  }
}
