// While nothing has come yet: how many are before us in the line; then, after a moment, for whom we wait, later for how long,
// and when the model's server asked for it.
import { fill, gettext, ngettext } from "../shell/words.js";

const SAY_WHO = 1_500;
const SAY_SECONDS = 10_000;
const EVERY = 500;

export class Waiting {
  #since = new Map();
  #timer;

  constructor() {
    document.addEventListener("rivulet:shown", () => this.#look());
    this.#look();
  }

  #look() {
    clearTimeout(this.#timer);
    const waits = [...document.querySelectorAll("[data-waiting]")].map((line) => this.#show(line));
    if (waits.includes(true)) this.#timer = setTimeout(() => this.#look(), EVERY);
  }

  /** Whether there is something to wait for. */
  #show(line) {
    const article = line.closest("article");
    const { turn, model, status, before, waitUntil } = article.dataset;
    if (!isWaiting(article)) {
      this.#since.delete(turn);
      say(line, "");
      return false;
    }
    if (status === "queued" && before !== undefined) {
      say(line, place(Number(before), model));
      return true;
    }
    if (!this.#since.has(turn)) this.#since.set(turn, Date.now());
    say(line, sentence(Date.now() - this.#since.get(turn), model, Number(waitUntil)));
    return true;
  }
}

function isWaiting(article) {
  const { status } = article.dataset;
  const isActive = status === "queued" || status === "running";
  return isActive && !article.querySelector(":scope > .step, :scope > .message-text > *");
}

function place(before, model) {
  if (!before) return fill(gettext("%(model)s is busy: you are next."), { model });
  const many = ngettext("%(model)s is busy: %(count)s before you.", "%(model)s is busy: %(count)s before you.", before);
  return fill(many, { model, count: before });
}

function sentence(elapsed, model, waitUntil) {
  const left = Math.ceil((waitUntil - Date.now()) / 1000);
  if (left > 0) return fill(gettext("%(model)s is busy. Trying again in %(seconds)s s."), { model, seconds: left });
  if (elapsed < SAY_WHO) return "";
  if (elapsed < SAY_SECONDS) return fill(gettext("Waiting for %(model)s"), { model });
  return fill(gettext("Waiting for %(model)s, %(seconds)s s"), { model, seconds: Math.floor(elapsed / 1000) });
}

function say(line, text) {
  if (line.textContent !== text) line.textContent = text;
  line.hidden = !text;
}
