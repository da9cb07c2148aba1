// Words selected in a message can be put into the message box as a quotation.

const GAP = 8;

export class Quote {
  #button;
  #timer;

  constructor(template) {
    this.#button = template.content.firstElementChild.cloneNode(true);
    // The selection is what the button is for: pressing it must not take it away.
    this.#button.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#button.addEventListener("click", () => this.#quote());
    this.#button.addEventListener("keydown", (event) => event.key === "Escape" && this.#hide());
    document.addEventListener("selectionchange", () => this.#soon());
    document.addEventListener("scroll", () => this.#hide(), { capture: true, passive: true });
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), 150);
  }

  #look() {
    const selection = getSelection();
    const text = place(selection);
    if (text && selection.toString().trim()) this.#show(text, selection.getRangeAt(0));
    else if (document.activeElement !== this.#button) this.#hide();
  }

  /** Next in line for the keyboard after the message, and for the eye at the end of the selection. */
  #show(text, range) {
    if (this.#button.previousElementSibling !== text) text.after(this.#button);
    const last = [...range.getClientRects()].at(-1) ?? range.getBoundingClientRect();
    const { width, height } = this.#button.getBoundingClientRect();
    const isBelow = last.bottom + 2 * GAP + height < innerHeight;
    this.#button.style.left = `${within(last.right - width / 2, document.documentElement.clientWidth - width)}px`;
    this.#button.style.top = `${within(isBelow ? last.bottom + GAP : last.top - height - GAP, innerHeight - height)}px`;
  }

  #hide() {
    clearTimeout(this.#timer);
    this.#button.remove();
  }

  #quote() {
    const text = getSelection().toString().trim();
    getSelection().removeAllRanges();
    this.#hide();
    if (text) document.dispatchEvent(new CustomEvent("rivulet:quote", { detail: { text } }));
  }
}

const within = (place, room) => Math.min(Math.max(GAP, place), room - GAP);

/** The text of the one message in which all of the selection is. */
function place({ rangeCount, isCollapsed, anchorNode, focusNode }) {
  if (!rangeCount || isCollapsed) return null;
  const [from, to] = [anchorNode, focusNode].map((node) => (node.closest ? node : node.parentElement)?.closest(".message-text"));
  return from === to ? from : null;
}
