// The lines of a `code`. They stand in groups, each of them laid out by itself: otherwise the browser would lay out all
// of a long listing again for each line that is added to it or painted in it.
import { keepingSelection } from "../messages/selection.js";

const GROUP = 100;

export class Lines {
  #code;
  /** The first text that is not painted. Where it is the last one, more may be appended to it. */
  #rest;
  #group;
  #inGroup = 0;

  constructor(code) {
    this.#code = code;
  }

  /** Groups whole lines, where there are enough of them behind the groups. */
  split() {
    const last = this.#last;
    if (!last) return;
    for (let end = endOf(last.data, GROUP); end; end = endOf(last.data, GROUP)) {
      const group = this.#newGroup(last);
      keepingSelection(this.#code, [last], () => {
        group.append(last.data.slice(0, end));
        last.deleteData(0, end);
      });
      this.#group = null;
      if (!this.#rest || this.#rest === last) this.#rest = group.firstChild;
    }
  }

  /** The first `count` lines that are not painted; nothing where they have not all come, unless that was all. */
  first(count, isAll) {
    let text = "";
    for (let node = this.#unpainted; node; node = this.#after(node)) {
      text += node.data;
      const end = endOf(text, count);
      if (end) return text.slice(0, end);
    }
    return isAll ? text : "";
  }

  get restLength() {
    let length = 0;
    for (let node = this.#unpainted; node; node = this.#after(node)) length += node.length;
    return length;
  }

  /** Puts what is painted in the place of as many characters. */
  put(length, painted) {
    const touched = [];
    for (let node = this.#unpainted, left = length; node && left > 0; node = this.#after(node)) {
      touched.push(node);
      left -= node.length;
    }
    keepingSelection(this.#code, touched, () => this.#replace(touched, length, painted));
  }

  #replace(touched, length, painted) {
    const [first] = touched;
    if (first === this.#last) this.#openGroup(first, painted).append(painted);
    else first.before(painted);
    let left = length;
    for (const node of touched) {
      const next = this.#after(node);
      const taken = Math.min(left, node.length);
      left -= taken;
      node.deleteData(0, taken);
      this.#rest = node.length ? node : next;
      if (!node.length && node !== this.#last) remove(node);
    }
  }

  get #unpainted() {
    return (this.#rest ??= this.#last);
  }

  get #last() {
    const { lastChild } = this.#code;
    return lastChild?.nodeType === Node.TEXT_NODE ? lastChild : null;
  }

  #after(node) {
    const group = node.parentNode === this.#code ? null : node.parentNode;
    const next = group?.nextSibling ?? null;
    return next && next.nodeType !== Node.TEXT_NODE ? next.firstChild : next;
  }

  #openGroup(before, painted) {
    if (!this.#group || this.#inGroup >= GROUP) this.#group = this.#newGroup(before);
    this.#inGroup += painted.textContent.split("\n").length - 1;
    return this.#group;
  }

  #newGroup(before) {
    const group = document.createElement("span");
    group.className = "code-lines";
    before.before(group);
    this.#inGroup = 0;
    return group;
  }
}

function remove(text) {
  const group = text.parentNode;
  text.remove();
  if (!group.hasChildNodes()) group.remove();
}

/** Where the first `count` lines of a text end; 0 where there are fewer. */
function endOf(text, count) {
  let end = 0;
  for (let line = 0; line < count; line += 1) {
    end = text.indexOf("\n", end) + 1;
    if (!end) return 0;
  }
  return end;
}
