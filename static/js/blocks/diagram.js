// Diagrams: drawn on a click, by a page of their own that has no access to this one. It gets the source and says how
// large the drawing is, or what is wrong with it; nothing else of what it says is believed.
import { fill, gettext } from "../shell/words.js";

const PAGE = "/diagram/";
const PATIENCE = 15_000;
const LONGEST = 50_000;
const LONGEST_REASON = 500;
const TALLEST = 4_000;
const root = document.documentElement;
const darkness = matchMedia("(prefers-color-scheme: dark)");
const frames = new WeakMap();

/** Shows what is in `pre` as a diagram under it, or takes the diagram away again. */
export function toggleDiagram(button, pre) {
  const shown = frames.get(pre);
  if (shown) shown.close();
  else frames.set(pre, new Diagram(button, pre));
}

class Diagram {
  #button;
  #pre;
  #source;
  #place = document.createElement("span");
  #frame = document.createElement("iframe");
  #timer;
  #ended = new AbortController();

  constructor(button, pre) {
    this.#button = button;
    this.#pre = pre;
    this.#source = pre.querySelector("code").textContent;
    this.#label(true);
    this.#place.className = "diagram";
    pre.append(this.#place);
    if (this.#source.length > LONGEST) this.#fail(gettext("This diagram is too large to be drawn."));
    else this.#open();
  }

  close() {
    this.#end();
    frames.delete(this.#pre);
    this.#place.remove();
    this.#label(false);
  }

  #label(isOpen) {
    const label = isOpen ? gettext("Hide diagram") : gettext("Show diagram");
    this.#button.setAttribute("aria-expanded", String(isOpen));
    this.#button.setAttribute("aria-label", label);
    this.#button.dataset.label = label;
  }

  #open() {
    const { signal } = this.#ended;
    this.#frame.setAttribute("sandbox", "allow-scripts");
    this.#frame.title = gettext("Diagram");
    this.#frame.src = PAGE;
    window.addEventListener("message", (event) => this.#hear(event), { signal });
    darkness.addEventListener("change", () => this.#ask(), { signal });
    const theme = new MutationObserver(() => this.#ask());
    theme.observe(root, { attributeFilter: ["data-theme"] });
    signal.addEventListener("abort", () => theme.disconnect());
    this.#wait();
    this.#place.append(this.#frame);
  }

  /** A drawing that takes too long is given up, and its frame with it. */
  #wait() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail(gettext("This diagram takes too long to be drawn.")), PATIENCE);
  }

  #hear({ source, data }) {
    if (source !== this.#frame.contentWindow) return;
    if (data?.is === "ready") this.#ask();
    if (data?.is === "drawn") this.#show(Number(data.height));
    if (data?.is === "wrong") this.#refuse(data.why);
  }

  #ask() {
    this.#wait();
    // "*": a page without an origin cannot be named otherwise. What it gets is what the reply says.
    this.#frame.contentWindow.postMessage({ source: this.#source, isDark: isDark() }, "*");
  }

  #show(height) {
    clearTimeout(this.#timer);
    if (height > 0) this.#frame.style.blockSize = `${Math.min(Math.ceil(height), TALLEST)}px`;
    this.#frame.dataset.drawn = "";
  }

  #refuse(why) {
    const said = { why: String(why ?? "").slice(0, LONGEST_REASON) };
    this.#fail(fill(gettext("This diagram cannot be drawn: %(why)s"), said));
  }

  #fail(sentence) {
    this.#end();
    const problem = document.createElement("span");
    problem.className = "diagram-problem";
    problem.setAttribute("role", "alert");
    problem.append(sentence);
    this.#place.replaceChildren(problem);
  }

  #end() {
    clearTimeout(this.#timer);
    this.#ended.abort();
    this.#frame.remove();
  }
}

function isDark() {
  const { theme } = root.dataset;
  return theme === "dark" || (theme !== "light" && darkness.matches);
}
