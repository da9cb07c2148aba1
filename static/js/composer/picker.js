// The choice of a model, as a list that is searched by typing. The plain fields stay beneath it and are what is sent.
import { gettext } from "../shell/words.js";

export class Picker {
  #root;
  #fields;
  #button = make("button", { type: "button", className: "models-button", id: "models-button" });
  #panel = make("div", { className: "picker", hidden: true });
  #search = make("input", { type: "search", autocomplete: "off", spellcheck: false, className: "picker-search" });
  #list = make("div", { className: "listbox", id: "picker-list" });
  #compare = make("button", { type: "button", className: "picker-compare" });
  #chooses = "model";

  constructor(root) {
    this.#root = root;
    this.#fields = { model: root.querySelector("#model"), beside: root.querySelector("#beside") };
    this.#build();
    this.#listen();
    this.#describe();
    this.#button.dataset.models = "";
    root.dataset.picker = "";
  }

  #build() {
    const icon = this.#root.querySelector(".icon").cloneNode(true);
    this.#button.append(make("span", { className: "truncate" }), icon);
    set(this.#button, { "aria-haspopup": "dialog", "aria-expanded": "false" });
    set(this.#panel, { role: "dialog", "aria-label": gettext("Model") });
    set(this.#search, { role: "combobox", "aria-expanded": "true", "aria-controls": "picker-list", "aria-autocomplete": "list" });
    set(this.#list, { role: "listbox" });
    this.#panel.append(this.#search, this.#list, this.#compare);
    this.#root.append(this.#button, this.#panel);
  }

  #listen() {
    this.#button.addEventListener("click", () => (this.#panel.hidden ? this.#open("model") : this.#close()));
    this.#compare.addEventListener("click", () => this.#flipCompare());
    this.#search.addEventListener("input", () => this.#filter());
    this.#panel.addEventListener("keydown", (event) => this.#pressed(event));
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#list.addEventListener("click", ({ target }) => this.#pick(target.closest('[role="option"]')));
    for (const field of Object.values(this.#fields)) field.addEventListener("change", () => this.#describe());
    document.addEventListener("click", ({ target }) => this.#panel.hidden || this.#root.contains(target) || this.#close());
    this.#root.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !this.#root.contains(relatedTarget)) this.#close();
    });
  }

  #open(chooses) {
    this.#chooses = chooses;
    const name = chooses === "model" ? gettext("Model") : gettext("Compare with");
    for (const part of [this.#panel, this.#list]) part.setAttribute("aria-label", name);
    set(this.#search, { "aria-label": name, placeholder: chooses === "model" ? gettext("Search models") : gettext("Compare with…") });
    this.#search.value = "";
    this.#list.replaceChildren(...this.#choices().map((option, at) => this.#row(option, at)));
    this.#compare.textContent = this.#compareLabel;
    this.#panel.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    this.#filter();
    this.#search.focus();
  }

  /** One cannot be compared with itself. */
  #choices() {
    const { model } = this.#fields;
    return [...model.options].filter((option) => this.#chooses === "model" || option.value !== model.value);
  }

  #row(option, at) {
    const row = make("div", { className: "listbox-option", id: `picker-${at}` });
    row.dataset.value = option.value;
    const notes = [option.dataset.provider, "default" in option.dataset && gettext("default")].filter(Boolean);
    row.append(make("span", { className: "listbox-name", textContent: option.textContent }));
    row.append(make("span", { className: "listbox-note truncate", textContent: notes.join(" · ") }));
    set(row, { role: "option", "aria-selected": "false" });
    row.toggleAttribute("data-chosen", option.value === this.#fields[this.#chooses].value);
    return row;
  }

  #filter() {
    const words = this.#search.value.toLowerCase().split(/\s+/);
    for (const row of this.#list.children) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    this.#list.toggleAttribute("data-empty", !this.#shown.length);
    const chosen = this.#search.value ? null : this.#shown.find((row) => "chosen" in row.dataset);
    this.#activate(chosen ?? this.#shown[0]);
  }

  get #shown() {
    return [...this.#list.children].filter((row) => !row.hidden);
  }

  get #active() {
    return this.#list.querySelector('[aria-selected="true"]');
  }

  #activate(row) {
    this.#active?.setAttribute("aria-selected", "false");
    if (!row) return this.#search.removeAttribute("aria-activedescendant");
    set(row, { "aria-selected": "true" });
    set(this.#search, { "aria-activedescendant": row.id });
    return row.scrollIntoView({ block: "nearest" });
  }

  #pressed(event) {
    const shown = this.#shown;
    const at = shown.indexOf(this.#active);
    const act = {
      ArrowDown: () => this.#activate(shown[(at + 1) % shown.length]),
      ArrowUp: () => this.#activate(shown[(at - 1 + shown.length) % shown.length]),
      Home: () => this.#activate(shown[0]),
      End: () => this.#activate(shown.at(-1)),
      Enter: () => this.#pick(this.#active),
      Escape: () => this.#close(true),
    }[event.key];
    const isOnButton = event.target === this.#compare && event.key !== "Escape";
    if (!act || isOnButton || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  #pick(row) {
    if (!row) return;
    this.#choose(this.#chooses, row.dataset.value);
    this.#close(true);
  }

  #choose(name, value) {
    this.#fields[name].value = value;
    if (this.#fields.beside.value === this.#fields.model.value) this.#fields.beside.value = "";
    this.#fields[name].dispatchEvent(new Event("change", { bubbles: true }));
  }

  #flipCompare() {
    if (!this.#fields.beside.value) return this.#open("beside");
    this.#choose("beside", "");
    return this.#close(true);
  }

  get #compareLabel() {
    return this.#fields.beside.value ? gettext("Stop comparing") : gettext("Compare with another model…");
  }

  #describe() {
    const names = Object.values(this.#fields).map((field) => field.value && field.selectedOptions[0]?.textContent);
    const text = names.filter(Boolean).join(" + ");
    this.#button.firstChild.textContent = text;
    set(this.#button, { "aria-label": `${gettext("Model")}: ${text}`, title: text });
  }

  #close(keepsFocus = false) {
    if (this.#panel.hidden) return;
    this.#panel.hidden = true;
    this.#button.setAttribute("aria-expanded", "false");
    if (keepsFocus) this.#button.focus();
  }
}

function make(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}
