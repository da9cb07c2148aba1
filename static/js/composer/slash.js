// Saved prompts behind a slash: a list under the fingers of whoever types. The focus stays in the message box.
import { Blanks } from "./blanks.js";
import { parse } from "../shell/html.js";
import { fill, gettext, ngettext } from "../shell/words.js";

export class Slash {
  #text;
  #place;
  #url;
  #blanks;
  #loading;
  #dismissed = "";
  #options = [];

  constructor(form) {
    this.#text = form.querySelector("textarea");
    this.#place = document.getElementById("slash");
    this.#url = form.dataset.prompts;
    this.#blanks = new Blanks(this.#text);
    this.#text.setAttribute("aria-autocomplete", "list");
    this.#text.addEventListener("keydown", (event) => this.#pressed(event), { capture: true });
    this.#text.addEventListener("blur", () => this.#close());
    // A press on the list must not take the focus.
    this.#place.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#place.addEventListener("click", ({ target }) => this.#pick(target.closest('[role="option"]')));
  }

  /** The box has changed. */
  async look() {
    const { value } = this.#text;
    if (!/^\/\S*$/.test(value) || value === this.#dismissed) return this.#close();
    this.#dismissed = "";
    // Further keys wait for the same list. It is fetched anew each time that one begins with a slash.
    this.#loading ??= this.#load();
    await this.#loading;
    return this.#filter();
  }

  async #load() {
    const response = await fetch(this.#url, { headers: { "HX-Request": "true" } }).catch(() => null);
    const list = response?.ok && parse(await response.text()).querySelector('[role="listbox"]');
    this.#place.replaceChildren(...(list ? [list] : []));
    this.#options = [...this.#place.querySelectorAll('[role="option"]')];
  }

  #filter() {
    const wanted = this.#text.value.slice(1).toLowerCase();
    for (const option of this.#options) option.hidden = !option.dataset.name.includes(wanted);
    // What begins as typed comes before what merely contains it.
    this.#options.sort((a, b) => rank(a, wanted) - rank(b, wanted));
    this.#options[0]?.parentElement.append(...this.#options);
    const found = this.#shown;
    const isWanted = this.#text.value.startsWith("/") && document.activeElement === this.#text;
    if (!isWanted) return this.#close();
    if (!found.length) return this.#hide();
    this.#place.hidden = false;
    this.#text.setAttribute("aria-controls", "slash-choices");
    const count = found.length;
    announce(fill(ngettext("%(count)s saved prompt", "%(count)s saved prompts", count), { count }));
    return this.#activate(found[0]);
  }

  get #shown() {
    return this.#options.filter((option) => !option.hidden);
  }

  get #active() {
    return this.#place.querySelector('[aria-selected="true"]');
  }

  #activate(option) {
    this.#active?.setAttribute("aria-selected", "false");
    option.setAttribute("aria-selected", "true");
    this.#text.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  #pressed(event) {
    if (this.#place.hidden || event.isComposing) return;
    const act = {
      ArrowDown: () => this.#move(1),
      ArrowUp: () => this.#move(-1),
      Enter: () => this.#pick(this.#active),
      Tab: () => this.#pick(this.#active),
      Escape: () => this.#dismiss(),
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  }

  #move(by) {
    const shown = this.#shown;
    this.#activate(shown[(shown.indexOf(this.#active) + by + shown.length) % shown.length]);
  }

  #pick(option) {
    if (!option) return;
    this.#close();
    this.#text.value = option.dataset.text;
    this.#text.dispatchEvent(new Event("input", { bubbles: true }));
    this.#blanks.begin();
  }

  #dismiss() {
    this.#dismissed = this.#text.value;
    this.#close();
  }

  #close() {
    this.#loading = undefined;
    this.#hide();
  }

  #hide() {
    this.#place.hidden = true;
    this.#text.removeAttribute("aria-controls");
    this.#text.removeAttribute("aria-activedescendant");
  }
}

function rank({ dataset: { name } }, wanted) {
  return name.startsWith(wanted) ? 0 : 1;
}

function announce(text) {
  document.getElementById("announcer").textContent = text;
}
