// How full the model's context is: what the conversation takes, as the server last counted it, and what is being typed, by our estimate.
import { fill, gettext } from "../shell/words.js";
import { tokensOf } from "./tokens.js";

const SOON = 150;
const NEARLY_FULL = 0.8;
const MESSAGE_TOKENS = 4;

export class Gauge {
  #root;
  #form;
  #text;
  #warning = document.getElementById("gauge-warning");
  #note;
  #timer;

  constructor(root) {
    this.#root = root;
    this.#form = root.closest("form");
    this.#text = this.#form.querySelector("textarea");
    this.#text.addEventListener("input", () => this.#soon());
    document.getElementById("model")?.addEventListener("change", () => this.#show());
    document.addEventListener("rivulet:shown", () => this.#soon());
    // Files come and go, and their tokens are known a while after them.
    new MutationObserver((changes) => changes.some(({ target }) => !this.#isOurs(target)) && this.#soon()).observe(this.#form, {
      attributeFilter: ["data-tokens"],
      childList: true,
      subtree: true,
    });
    this.#show();
  }

  #isOurs(target) {
    return this.#root.contains(target) || this.#warning === target;
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#show(), SOON);
  }

  #show() {
    const { window, reserve, scale } = this.#room();
    this.#root.hidden = !window;
    const typed = this.#typed(scale);
    const tokens = this.#said() + typed;
    const percent = window ? Math.round((100 * tokens) / window) : 0;
    this.#root.querySelector(".gauge-fill").setAttribute("stroke-dasharray", `${Math.min(percent, 100)} 100`);
    const words = { percent: percent.toLocaleString(language()), window: short(window) };
    for (const place of this.#root.querySelectorAll("[data-gauge-label], [data-gauge-amount]")) {
      say(place, fill(gettext("about %(percent)s % of %(window)s tokens"), words));
    }
    this.#warn(window ? warningOf(tokens, typed, window, reserve) : "", window > 0 && typed > window - reserve);
  }

  /** Above the box, and in the panel. Where the transcript shows already what was left out, the ring is enough. */
  #warn(warning, isOver) {
    this.#root.toggleAttribute("data-full", Boolean(warning));
    this.#root.toggleAttribute("data-over", isOver);
    const note = this.#root.querySelector("[data-gauge-note]");
    this.#note ??= note.textContent;
    say(note, warning || this.#note);
    const isNews = isOver || !document.querySelector("#transcript .left-out");
    say(this.#warning, isNews ? warning : "");
    this.#warning.hidden = !this.#warning.textContent;
  }

  /** Of the model that is chosen. */
  #room() {
    const chosen = document.getElementById("model")?.selectedOptions[0]?.dataset;
    const { window, reserve, scale } = chosen?.window === undefined ? this.#root.dataset : chosen;
    return { window: Number(window), reserve: Number(reserve), scale: Number(scale) };
  }

  /** Up to the last reply, which knows it; before there is one, as the page came. */
  #said() {
    const known = document.querySelectorAll("#transcript .facts[data-tokens]");
    return Number(known[known.length - 1]?.dataset.tokens ?? this.#root.dataset.tokens);
  }

  #typed(scale) {
    const { value } = this.#text;
    const text = value ? (tokensOf(value) + MESSAGE_TOKENS) * scale : 0;
    const files = [...this.#form.querySelectorAll("[data-attachment][data-tokens]")];
    return Math.round(files.reduce((sum, { dataset }) => sum + Number(dataset.tokens), text));
  }
}

function warningOf(tokens, typed, window, reserve) {
  const room = window - reserve;
  if (typed > room) {
    const excess = (typed - room).toLocaleString(language());
    return fill(gettext("This is too long for the model by about %(excess)s tokens."), { excess });
  }
  if (tokens > room) return gettext("The oldest messages will be left out of what the model is sent.");
  if (tokens > window * NEARLY_FULL) return gettext("Nearly full: soon the oldest messages are left out of what the model is sent.");
  return "";
}

/** 128000 as 128k, as windows are spoken of. */
function short(number) {
  const [size, unit] = [[1_000_000, "M"], [1_000, "k"]].find(([least]) => number >= least) ?? [1, ""];
  return (number / size).toLocaleString(language(), { maximumFractionDigits: 1 }) + unit;
}

function language() {
  return document.documentElement.lang || undefined;
}

function say(place, text) {
  if (place.textContent !== text) place.textContent = text;
}
