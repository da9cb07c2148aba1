// A question is edited in its place. The form is the server's; its text stays until the server has taken it.
import { Draft } from "../composer/draft.js";
import { parse, problemOf } from "../shell/html.js";
import { newKey } from "../shell/keys.js";
import { post } from "../shell/session.js";
import { gettext } from "../shell/words.js";

class Editor {
  #form;
  #text;
  #draft;
  #link;
  #isSending = false;

  constructor(form, link) {
    this.#form = form;
    this.#link = link;
    this.#text = form.querySelector("textarea");
    this.#draft = new Draft(`edit-${form.dataset.editForm}`);
    this.#text.value = this.#draft.load().text || this.#text.value;
    this.#text.addEventListener("input", () => this.#typed());
    form.addEventListener("keydown", (event) => this.#pressed(event));
    form.addEventListener("submit", (event) => this.#send(event));
    form.querySelector("[data-cancel]").addEventListener("click", (event) => this.#cancel(event));
    this.#grow();
    this.#text.focus();
    this.#text.setSelectionRange(this.#text.textLength, this.#text.textLength);
    // The browser keeps what is below in its place, and may push the form out of sight.
    requestAnimationFrame(() => requestAnimationFrame(() => form.scrollIntoView({ block: "nearest" })));
  }

  #typed() {
    this.#draft.save(this.#text.value);
    this.#say("");
    this.#grow();
  }

  #grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#text.style.blockSize = "auto";
    this.#text.style.blockSize = `${this.#text.scrollHeight}px`;
  }

  #pressed(event) {
    if (event.isComposing) return;
    if (event.key === "Escape") this.#cancel(event);
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #cancel(event) {
    event.preventDefault();
    event.stopPropagation();
    this.#draft.save("");
    this.#form.remove();
    this.#link.focus();
  }

  async #send(event) {
    event.preventDefault();
    const text = this.#text.value;
    const hasFiles = this.#form.querySelector('[name="attachments"]:checked');
    if (this.#isSending || !(text.trim() || hasFiles)) return;
    this.#isSending = true;
    this.#form.toggleAttribute("aria-busy", true);
    try {
      const response = await post(this.#form.action, this.#data(text));
      if (response.ok) this.#taken();
      else this.#say(await problemOf(response));
    } catch {
      this.#say(gettext("The server cannot be reached. Your text is still here: send it again."));
    } finally {
      this.#isSending = false;
      this.#form.removeAttribute("aria-busy");
    }
  }

  /** The same text keeps its key until it is taken, so that sending it once more cannot ask twice. */
  #data(text) {
    const kept = this.#draft.load();
    const key = kept.text === text && kept.key ? kept.key : newKey();
    this.#draft.save(text, key);
    const data = new FormData(this.#form);
    data.set("key", key);
    const model = document.querySelector('select[name="model"][form="composer"]')?.value;
    if (model) data.set("model", model);
    return data;
  }

  #taken() {
    this.#draft.save("");
    this.#form.dispatchEvent(new CustomEvent("rivulet:changed", { bubbles: true, detail: { sent: true } }));
    this.#form.remove();
    document.getElementById("text").focus({ preventScroll: true });
  }

  #say(problem) {
    const place = this.#form.querySelector(".form-problem");
    place.textContent = problem;
    place.hidden = !problem;
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-edit]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  edit(link);
});

document.addEventListener("rivulet:edit-last", () => {
  const link = [...document.querySelectorAll("a[data-edit]")].at(-1);
  if (link) edit(link);
});

async function edit(link) {
  const article = link.closest("article");
  const open = article.querySelector("form.edit textarea");
  if (open) return open.focus();
  try {
    const response = await fetch(link.href, { headers: { "HX-Request": "true" } });
    const form = response.ok && parse(await response.text()).querySelector("form");
    if (!form) return location.assign(link.href);
    if (article.querySelector("form.edit")) return undefined;
    const own = document.importNode(form, true);
    article.querySelector(".message-text").after(own);
    return new Editor(own, link);
  } catch {
    return location.assign(link.href);
  }
}
