// Files that go along with the next question: picked, pasted or dropped. Each is at the server before the question is.
import { Kept } from "./attach-kept.js";
import { upload } from "./attach-upload.js";
import { parse } from "../shell/html.js";
import { newKey } from "../shell/keys.js";
import { post } from "../shell/session.js";
import { gettext } from "../shell/words.js";

// A ticket is good for hours; a page may be open for days.
const TICKET_AGE = 3_600_000;

export class Attachments {
  #form;
  #list;
  #waiting = document.getElementById("attachment-waiting");
  #kept;
  #ways = new WeakMap();
  #queue = Promise.resolve();
  #ticket;
  #say;

  /** `say` tells the person what went wrong with all of them. */
  constructor(form, say) {
    this.#form = form;
    this.#list = form.querySelector("#attachments");
    this.#say = say;
    this.#kept = new Kept(form.dataset.draft, "temporary" in form.dataset);
    const picker = form.querySelector("#attachment-files");
    picker.addEventListener("change", () => {
      this.add(picker.files);
      picker.value = "";
    });
    const button = form.querySelector("[data-attach]");
    // Without JavaScript it leads to a page; as the first button of the form it would also be what Enter presses.
    button.type = "button";
    button.addEventListener("click", () => picker.click());
    this.#list.addEventListener("click", ({ target }) => this.#remove(target.closest("[data-remove]")));
    form.querySelector("textarea").addEventListener("paste", (event) => this.#pasted(event));
    for (const type of ["dragenter", "dragover", "dragleave", "drop"]) document.addEventListener(type, (event) => this.#dragged(event));
    if (this.#kept.ids.length) this.#queue = this.#restore();
  }

  get count() {
    return this.#list.children.length;
  }

  get ids() {
    return [...this.#list.querySelectorAll("[data-attachment]")].map((chip) => chip.dataset.attachment);
  }

  /** Until each file is up, or has failed. False where one has. */
  async settled() {
    await this.#queue;
    return !this.#list.querySelector("[data-waiting]");
  }

  /** The server has taken them with a question. */
  sent(ids) {
    for (const id of ids) this.#list.querySelector(`[data-attachment="${CSS.escape(id)}"]`)?.remove();
    this.#changed();
  }

  add(files) {
    this.#say("");
    for (const file of files) {
      if (this.count >= Number(this.#list.dataset.most)) return this.#say(this.#list.dataset.tooMany);
      this.#begin(file);
    }
    return undefined;
  }

  #begin(file) {
    const chip = document.importNode(this.#waiting.content, true).firstElementChild;
    chip.querySelector(".attachment-name").textContent = file.name;
    this.#list.append(chip);
    this.#changed();
    if (file.size > Number(this.#list.dataset.maxBytes)) return this.#fail(chip, this.#list.dataset.tooLarge);
    const way = new AbortController();
    this.#ways.set(chip, way);
    this.#queue = this.#queue.then(() => this.#bring(chip, file, way.signal));
    return undefined;
  }

  async #bring(chip, file, signal) {
    const bar = chip.querySelector("progress");
    const progress = (part) => (part < 1 ? (bar.value = part) : bar.removeAttribute("value"));
    try {
      signal.throwIfAborted();
      const answer = await upload(await this.#address(), file, newKey(), { signal, progress });
      const fresh = parse(answer).querySelector("[data-attachment]");
      if (!chip.isConnected) return this.#delete(fresh.querySelector("[data-remove]").dataset.remove);
      chip.replaceWith(document.importNode(fresh, true));
      this.#changed();
    } catch (error) {
      if (!signal.aborted) this.#fail(chip, error.message);
    }
    return undefined;
  }

  /** Where to, with a fresh ticket; without one, small files go up all the same. */
  async #address() {
    if (!this.#ticket || Date.now() - this.#ticket.at > TICKET_AGE) await this.#fetch([]);
    return this.#ticket?.url ?? this.#list.dataset.url;
  }

  async #fetch(ids) {
    const query = new URLSearchParams(ids.map((id) => ["id", id]));
    const response = await fetch(`${this.#list.dataset.url}?${query}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    const found = response?.ok && parse(await response.text()).querySelector("[data-upload]");
    if (found) this.#ticket = { url: found.dataset.upload, at: Date.now() };
    return found ? [...found.children] : null;
  }

  /** What was attached before the page was loaded again, as far as it waits still. */
  async #restore() {
    const chips = await this.#fetch(this.#kept.ids);
    if (!chips) return;
    this.#list.prepend(...chips.map((chip) => document.importNode(chip, true)));
    this.#changed();
  }

  #fail(chip, problem) {
    chip.querySelector("progress").hidden = true;
    const place = chip.querySelector(".attachment-problem");
    place.textContent = problem || gettext("The upload broke off. Remove it, and attach it again.");
    place.hidden = false;
    chip.dataset.failed = "";
  }

  #remove(button) {
    if (!button) return;
    const chip = button.closest("li");
    this.#ways.get(chip)?.abort();
    chip.remove();
    if (button.dataset.remove) this.#delete(button.dataset.remove);
    this.#changed();
    this.#form.querySelector("textarea").focus();
  }

  /** Where this fails, the server forgets it by itself. */
  #delete(url) {
    post(url, new FormData()).catch(() => undefined);
  }

  #changed() {
    this.#kept.ids = this.ids;
    this.#form.dispatchEvent(new CustomEvent("rivulet:attached"));
  }

  /** Office programs put a picture of what is copied beside its text: then the text is meant. */
  #pasted(event) {
    const { files, types } = event.clipboardData;
    if (!files.length || types.includes("text/plain")) return;
    event.preventDefault();
    this.add(files);
  }

  #dragged(event) {
    if (!event.dataTransfer?.types.includes("Files") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    this.#form.toggleAttribute("data-dropping", event.type.endsWith("enter") || event.type === "dragover");
    if (event.type === "drop") this.add(event.dataTransfer.files);
  }
}
