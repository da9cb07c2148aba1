// Which files wait to be sent, per person and conversation: their ids alone. Those of a temporary chat end with its tab.

export class Kept {
  #name;
  #storage;

  constructor(conversation, isTemporary) {
    this.#name = `rivulet:files:${document.body.dataset.user}:${conversation}`;
    this.#storage = isTemporary ? sessionStorage : localStorage;
  }

  get ids() {
    try {
      return JSON.parse(this.#storage.getItem(this.#name)) ?? [];
    } catch {
      return [];
    }
  }

  set ids(ids) {
    try {
      if (ids.length) this.#storage.setItem(this.#name, JSON.stringify(ids));
      else this.#storage.removeItem(this.#name);
    } catch {
      // Full or refused storage: the server forgets them after a day.
    }
  }
}
