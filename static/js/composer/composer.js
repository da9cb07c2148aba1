// The message box. Text leaves it only after the server has taken it.
import { Attachments } from "./attach.js";
import { Draft } from "./draft.js";
import { problemOf } from "../shell/html.js";
import { newKey } from "../shell/keys.js";
import { Length } from "./length.js";
import { sends } from "./send-key.js";
import { post } from "../shell/session.js";
import { fill, gettext } from "../shell/words.js";

const RUNNING = 'article[data-status="running"], article[data-status="queued"]';

export class Composer {
  #form;
  #text;
  #draft;
  #length;
  #slash;
  #files;
  #isSending = false;
  #countdown;

  constructor(form) {
    this.#form = form;
    this.#text = form.querySelector("textarea");
    this.#draft = new Draft(form.dataset.draft, "temporary" in form.dataset);
    this.#length = new Length(this.#text, document.getElementById("composer-count"), Number(form.dataset.maxChars));
    form.addEventListener("rivulet:attached", () => (this.#text.required = !this.#files?.count));
    this.#files = new Attachments(form, (problem) => this.#say(problem));
    this.#text.addEventListener("input", () => this.#typed());
    this.#text.addEventListener("keydown", (event) => this.#pressed(event));
    form.addEventListener("submit", (event) => this.#submitted(event));
    document.addEventListener("rivulet:shown", () => this.#showButtons());
    document.querySelector("[data-end]")?.addEventListener("submit", () => this.#draft.save(""));
    document.addEventListener("rivulet:quote", ({ detail }) => this.#quote(detail.text));
    if (!this.#text.value) this.#text.value = this.#draft.load().text;
    this.#showButtons();
    this.#resize();
    this.#takeFocus();
  }

  /** Not on a phone, where the keyboard would cover half the page at once. */
  #takeFocus() {
    const isFree = document.activeElement === document.body;
    if (isFree && matchMedia("(pointer: fine)").matches) this.#text.focus({ preventScroll: true });
  }

  #typed() {
    this.#draft.saveSoon(() => this.#text.value);
    this.#say("");
    this.#resize();
    this.#lookForSlash();
  }

  #resize() {
    this.#length.show();
    if (CSS.supports("field-sizing", "content")) return;
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }

  /** The list of saved prompts comes with the first slash that begins a message. */
  async #lookForSlash() {
    const isCommand = this.#text.textLength < 100 && /^\/\S*$/.test(this.#text.value);
    if (isCommand) this.#slash ??= import("./slash.js").then(({ Slash }) => new Slash(this.#form));
    if (this.#slash) (await this.#slash).look();
  }

  /** The key that sends does not, where it ends the composition of a word (229 is what Safari says then). */
  #pressed(event) {
    if (event.isComposing || event.keyCode === 229) return;
    const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (sends(event)) {
      event.preventDefault();
      if (!this.#running) this.#form.requestSubmit(this.#button("send"));
    } else if (event.key === "ArrowUp" && !this.#text.textLength && isPlain) {
      event.preventDefault();
      document.dispatchEvent(new CustomEvent("rivulet:edit-last"));
    }
  }

  #quote(quoted) {
    const before = this.#text.value.trimEnd();
    const lines = quoted.trim().split("\n");
    this.#text.value = `${before}${before ? "\n\n" : ""}${lines.map((line) => `> ${line}\n`).join("")}\n`;
    this.#text.focus();
    this.#text.setSelectionRange(this.#text.textLength, this.#text.textLength);
    this.#typed();
  }

  #submitted(event) {
    const submitter = event.submitter;
    // To the page on which a prompt is saved, as without JavaScript. The draft is here on the way back.
    if (submitter && "save" in submitter.dataset) return;
    event.preventDefault();
    if (submitter === this.#button("stop")) this.#stop();
    else this.#send(submitter?.name === "text" ? submitter.value : this.#text.value);
  }

  async #send(text) {
    if (this.#isSending || !(text.trim() || this.#files.count)) return;
    const excess = this.#length.excessOf(text);
    if (excess) {
      this.#say(fill(gettext("This message is too long by %(count)s characters. Shorten it, or send it in parts."), { count: excess.toLocaleString() }));
      return;
    }
    this.#isSending = true;
    this.#form.toggleAttribute("aria-busy", true);
    this.#say("");
    try {
      if (await this.#files.settled()) await this.#ask(text);
      else this.#say(gettext("One of the files is not attached. Remove it, or attach it again, and send."));
    } catch {
      this.#say(gettext("The server cannot be reached. Your text is still here: send it again."));
    } finally {
      this.#isSending = false;
      this.#form.removeAttribute("aria-busy");
    }
  }

  async #ask(text) {
    const { ids } = this.#files;
    const data = new FormData(this.#form);
    data.set("text", text);
    data.set("key", this.#keyFor(text, ids.join()));
    const response = await post(this.#form.action, data);
    if (!response.ok) return this.#refused(response);
    this.#files.sent(ids);
    return this.#taken(text, response);
  }

  /** The same question keeps its key until it is taken, so that sending it once more cannot ask twice. */
  #keyFor(text, files) {
    const kept = this.#draft.load();
    const key = kept.text === text && kept.files === files && kept.key ? kept.key : newKey();
    this.#draft.save(text, key, files);
    this.#form.elements.namedItem("key").value = key;
    return key;
  }

  #taken(text, response) {
    if (this.#text.value.startsWith(text)) this.#text.value = this.#text.value.slice(text.length);
    this.#draft.save(this.#text.value);
    this.#resize();
    const url = response.headers.get("HX-Redirect");
    if (url) location.assign(url);
    else this.#form.dispatchEvent(new CustomEvent("rivulet:changed", { bubbles: true, detail: { sent: true } }));
  }

  async #refused(response) {
    const seconds = Number(response.headers.get("Retry-After"));
    const said = await problemOf(response, seconds ? "[data-what]" : undefined);
    this.#say(said);
    if (seconds) this.#countDown(said, Date.now() + seconds * 1000);
    else if (response.status === 409) this.#form.dispatchEvent(new CustomEvent("rivulet:changed", { bubbles: true }));
  }

  #countDown(said, until) {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    const again = fill(gettext("Try again in %(seconds)s s."), { seconds });
    this.#say(seconds > 0 ? `${said} ${again}` : gettext("You can send this again now."));
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
      this.#say(gettext("The server cannot be reached. The reply goes on; try again."));
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
    [shown.hidden, gone.hidden] = [false, true];
    if (losesFocus) this.#text.focus();
  }

  #button(name) {
    return this.#form.querySelector(`[data-${name}]`);
  }
}
