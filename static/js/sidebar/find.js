// The search box of the sidebar: what is found takes the place of the list while there is something in the box.

export class Find {
  #box;
  #found;
  #list;

  constructor(box, found, list) {
    this.#box = box;
    this.#found = found;
    this.#list = list;
    box.addEventListener("input", () => box.value.trim() || this.#show(false));
    found.addEventListener("htmx:afterSwap", () => this.#show(Boolean(box.value.trim())));
    for (const place of [box, found]) place.addEventListener("keydown", (event) => this.#pressed(event));
  }

  #show(isFinding) {
    this.#found.hidden = !isFinding;
    this.#list.hidden = isFinding;
    if (!isFinding) this.#found.replaceChildren();
  }

  #pressed(event) {
    if (event.key === "Escape" && this.#box.value) {
      event.preventDefault();
      event.stopPropagation();
      this.#clear();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.#move(event.key === "ArrowDown" ? 1 : -1, event);
    }
  }

  #clear() {
    this.#box.value = "";
    this.#show(false);
    this.#box.focus();
  }

  /** Through the results, and at the first of them back into the box. */
  #move(step, event) {
    const places = [this.#box, ...this.#found.querySelectorAll("a")];
    const next = places[places.indexOf(document.activeElement) + step];
    if (!next || this.#found.hidden) return;
    event.preventDefault();
    next.focus();
  }
}
