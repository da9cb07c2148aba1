// The message box. Text leaves it only after the server has taken it.
import { Draft } from "./draft.js";
import { problemOf } from "./html.js";
import { post } from "./session.js";

const RUNNING = 'article[data-status="running"], article[data-status="queued"]';

export class Composer {
  #form;
  #text;
  #draft;
  #isSending = false;
  #countdown;

  constructor(form) {
    this.#form = form;
    this.#text = form.querySelector("textarea");
    this.#draft = new Draft(form.dataset.draft);
    this.#text.addEventListener("input", () => this.#typed());
    this.#text.addEventListener("keydown", (event) => this.#pressed(event));
    form.addEventListener("submit", (event) => this.#submitted(event));
    document.addEventListener("rivulet:shown", () => this.#showButtons());
    if (!this.#text.value) this.#text.value = this.#draft.load().text;
    this.#showButtons();
    this.#grow();
    this.#takeFocus();
  }

  /** Not on a phone, where the keyboard would cover half the page at once. */
  #takeFocus() {
    const isFree = document.activeElement === document.body;
    if (isFree && matchMedia("(pointer: fine)").matches) this.#text.focus({ preventScroll: true });
  }

  #typed() {
    this.#draft.save(this.#text.value);
    this.#say("");
    this.#grow();
  }

  #grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }

  /** Enter sends, except where it ends the composition of a word (229 is what Safari says then). */
  #pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (!this.#running) this.#form.requestSubmit(this.#button("send"));
  }

  #submitted(event) {
    event.preventDefault();
    const submitter = event.submitter;
    if (submitter === this.#button("stop")) this.#stop();
    else this.#send(submitter?.name === "text" ? submitter.value : this.#text.value);
  }

  async #send(text) {
    if (this.#isSending || !text.trim()) return;
    this.#isSending = true;
    this.#form.toggleAttribute("aria-busy", true);
    this.#say("");
    const data = new FormData(this.#form);
    data.set("text", text);
    data.set("key", this.#keyFor(text));
    try {
      const response = await post(this.#form.action, data);
      if (response.ok) this.#taken(text, response);
      else await this.#refused(response);
    } catch {
      this.#say("The server cannot be reached. Your text is still here: send it again.");
    } finally {
      this.#isSending = false;
      this.#form.removeAttribute("aria-busy");
    }
  }

  /** The same text keeps its key until it is taken, so that sending it once more cannot ask twice. */
  #keyFor(text) {
    const kept = this.#draft.load();
    const key = kept.text === text && kept.key ? kept.key : newKey();
    this.#draft.save(text, key);
    this.#form.elements.namedItem("key").value = key;
    return key;
  }

  #taken(text, response) {
    if (this.#text.value.startsWith(text)) this.#text.value = this.#text.value.slice(text.length);
    this.#draft.save(this.#text.value);
    this.#grow();
    const url = response.headers.get("HX-Redirect");
    if (url) location.assign(url);
    else this.#form.dispatchEvent(new CustomEvent("rivulet:changed", { bubbles: true, detail: { sent: true } }));
  }

  async #refused(response) {
    const said = await problemOf(response);
    const seconds = Number(response.headers.get("Retry-After"));
    this.#say(said);
    if (seconds) this.#countDown(said, Date.now() + seconds * 1000);
    else if (response.status === 409) this.#form.dispatchEvent(new CustomEvent("rivulet:changed", { bubbles: true }));
  }

  #countDown(said, until) {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    this.#say(seconds > 0 ? `${said} Try again in ${seconds} s.` : "You can send this again now.");
    if (seconds > 0) this.#countdown = setTimeout(() => this.#countDown(said, until), 1000);
  }

  #say(problem) {
    clearTimeout(this.#countdown);
    const place = document.getElementById("composer-problem");
    place.textContent = problem;
    place.hidden = !problem;
  }

  async #stop() {
    const url = this.#running?.dataset.stop;
    if (!url) return;
    try {
      const response = await post(url, new FormData());
      if (!response.ok) this.#say(await problemOf(response));
    } catch {
      this.#say("The server cannot be reached. The reply goes on; try again.");
    }
  }

  get #running() {
    return document.querySelector(RUNNING);
  }

  #showButtons() {
    const running = this.#running;
    const [send, stop] = [this.#button("send"), this.#button("stop")];
    const [shown, gone] = running ? [stop, send] : [send, stop];
    if (running) stop.formAction = running.dataset.stop;
    const losesFocus = document.activeElement === gone;
    shown.hidden = false;
    gone.hidden = true;
    if (losesFocus) this.#text.focus();
  }

  #button(name) {
    return this.#form.querySelector(`[data-${name}]`);
  }
}

/** `randomUUID` exists over https and on localhost alone. */
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
