// Reads a reply to those who listen: whole sentences, a few at a time, and how it ended.

const PACE = 4_000;
const ENDS = { complete: "Reply complete.", stopped: "Reply stopped.", failed: "The reply failed.", interrupted: "The reply was interrupted." };

export class Announcer {
  #place;
  #turn = "";
  #said = 0;
  #timer;

  constructor(place) {
    this.#place = place;
    const article = last();
    if (article) this.#begin(article);
    this.#said = textOf(article).length;
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
    this.#said = 0;
    if (isActive(article)) {
      this.#say(`${article.dataset.model} is replying.`);
      this.#timer = setTimeout(() => this.#speak(article), PACE);
    }
  }

  #speak(article) {
    this.#timer = isActive(article) ? setTimeout(() => this.#speak(article), PACE) : undefined;
    const fresh = textOf(article).slice(this.#said);
    const whole = fresh.match(/^[^]*[.!?:\n](?=\s|$)/)?.[0] ?? "";
    this.#said += whole.length;
    if (whole.trim()) this.#say(whole.trim());
  }

  #end(article) {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const rest = textOf(article).slice(this.#said).trim();
    this.#said = textOf(article).length;
    this.#say(`${rest} ${ENDS[article.dataset.status]}`.trim());
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

function textOf(article) {
  return article?.querySelector(".message-text").textContent ?? "";
}

function isActive({ dataset }) {
  return dataset.status === "running" || dataset.status === "queued";
}
