// Reads a reply to those who listen: whole sentences, a few at a time, and how it ended.
import { textsOf } from "../steps/steps.js";
import { sentences, spoken } from "./spoken.js";
import { fill, gettext } from "../shell/words.js";

const PACE = 4_000;
const ENDS = {
  complete: gettext("Reply complete."),
  stopped: gettext("Reply stopped."),
  failed: gettext("The reply failed."),
  interrupted: gettext("The reply was interrupted."),
};

export class Announcer {
  #place;
  #turn = "";
  /** What was said already: how many blocks, and how much of the next one. */
  #blocks = 0;
  #letters = 0;
  #timer;

  constructor(place) {
    this.#place = place;
    const article = last();
    if (article) this.#begin(article);
    if (article && isActive(article)) this.#fresh(article);
    document.addEventListener("rivulet:shown", () => this.#look());
  }

  #look() {
    const article = last();
    if (!article) return;
    if (article.dataset.turn !== this.#turn) this.#begin(article);
    else if (article.dataset.status in ENDS && this.#timer) this.#end(article);
    else if (isActive(article)) this.#timer ??= setTimeout(() => this.#speak(article), PACE);
  }

  #begin(article) {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#turn = article.dataset.turn;
    this.#blocks = this.#letters = 0;
    if (!isActive(article)) return;
    this.#say(fill(gettext("%(model)s is replying."), article.dataset));
    this.#timer = setTimeout(() => this.#speak(article), PACE);
  }

  #speak(article) {
    this.#timer = isActive(article) ? setTimeout(() => this.#speak(article), PACE) : undefined;
    const fresh = this.#fresh(article);
    if (fresh) this.#say(fresh);
  }

  #end(article) {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#say(`${this.#fresh(article)} ${ENDS[article.dataset.status]}`.trim());
  }

  /** What has come since, as far as it can be said: blocks that are whole, and of the last one its whole sentences. */
  #fresh(article) {
    const blocks = spoken(textsOf(article), this.#blocks, isActive(article));
    const parts = blocks.map(({ text, isWhole }) => {
      const rest = text.slice(this.#letters);
      const part = isWhole ? rest : sentences(rest);
      this.#blocks += isWhole ? 1 : 0;
      this.#letters = isWhole ? 0 : this.#letters + part.length;
      return part.trim();
    });
    return parts.filter(Boolean).join(" ");
  }

  #say(text) {
    const line = document.createElement("p");
    line.textContent = text;
    this.#place.replaceChildren(line);
  }
}

function last() {
  return [...document.querySelectorAll("article[data-turn]")].at(-1);
}

function isActive({ dataset }) {
  return dataset.status === "running" || dataset.status === "queued";
}
