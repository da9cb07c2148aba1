// A call that waits for somebody's word: those who listen hear of it, and whoever decided by keyboard stays where they were.
import { say } from "../transcript/aloud.js";
import { fill, gettext } from "../shell/words.js";

export class Asking {
  #heard = new Set();
  #decided = "";

  constructor(root) {
    root.addEventListener("submit", ({ target }) => this.#deciding(target));
    document.addEventListener("rivulet:shown", () => this.#look());
    this.#look();
  }

  #look() {
    for (const step of document.querySelectorAll('.step-call[data-state="asking"]')) this.#tell(step);
    this.#keepFocus();
  }

  #tell(step) {
    const name = `${step.closest("article").dataset.turn} ${step.dataset.call}`;
    if (this.#heard.has(name)) return;
    this.#heard.add(name);
    say(fill(gettext("The model asks to run %(name)s."), step.dataset));
  }

  #deciding(form) {
    const step = form.closest?.(".step-call");
    if (step) this.#decided = step.dataset.key;
  }

  /** The buttons are gone with the question: on to the next question, or to what became of this one. */
  #keepFocus() {
    const step = this.#decided && document.querySelector(`.step-call[data-key="${CSS.escape(this.#decided)}"]`);
    if (!step || step.dataset.state === "asking") return;
    this.#decided = "";
    if (document.activeElement !== document.body) return;
    const next = step.parentElement.querySelector(".step-ask button") ?? step.querySelector("summary");
    next?.focus({ preventScroll: true });
  }
}
