// While nothing has come yet: after a moment for whom we wait, later for how long, and when the model's server asked for it.

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
    const articles = [...document.querySelectorAll("article[data-turn]")].filter(isWaiting);
    for (const turn of this.#since.keys()) {
      if (!articles.some((article) => article.dataset.turn === turn)) this.#since.delete(turn);
    }
    for (const article of articles) this.#show(article);
    if (articles.length) this.#timer = setTimeout(() => this.#look(), EVERY);
  }

  #show(article) {
    const { turn, model, waitUntil } = article.dataset;
    if (!this.#since.has(turn)) this.#since.set(turn, Date.now());
    const line = article.querySelector("[data-waiting]");
    if (line) say(line, sentence(Date.now() - this.#since.get(turn), model, Number(waitUntil)));
  }
}

function isWaiting({ dataset, children }) {
  const isActive = dataset.status === "queued" || dataset.status === "running";
  return isActive && ![...children].find((child) => child.matches(".message-text")).firstChild;
}

function sentence(elapsed, model, waitUntil) {
  const left = Math.ceil((waitUntil - Date.now()) / 1000);
  if (left > 0) return `${model} is busy. Trying again in ${left} s.`;
  if (elapsed < SAY_WHO) return "";
  return `Waiting for ${model}${elapsed < SAY_SECONDS ? "" : `, ${Math.floor(elapsed / 1000)} s`}`;
}

function say(line, text) {
  if (line.textContent !== text) line.textContent = text;
  line.hidden = !text;
}
