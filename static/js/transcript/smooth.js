// Between the bursts of the network text appears at an even pace, and never later than LAG after it has come.

const LAG = 170;
// Never between the halves of one character, or before what is put onto it.
const BELONGS = /^[\udc00-\udfff\u200d\ufe0f\u{1f3fb}-\u{1f3ff}\p{M}]/u;
const JOINS = /\u200d$/;

const stillness = matchMedia("(prefers-reduced-motion: reduce)");

export class Smooth {
  // In the order in which it came: text of a turn, and cursors that are reached once all before them is shown.
  #waiting = [];
  #length = 0;
  #pace = 0;
  #taken = 0;

  get isEmpty() {
    return this.#waiting.length === 0;
  }

  add(turn, text, now) {
    if (this.#length === 0) this.#taken = now;
    this.#waiting.push({ turn, text, due: now + LAG });
    this.#length += text.length;
    this.#pace = this.#length / LAG;
  }

  reach(cursor) {
    this.#waiting.push({ cursor });
  }

  /** What is to be shown by now; all of it where nobody wants it smooth. */
  take(now) {
    if (document.hidden || stillness.matches) return this.drain();
    const most = Math.max(1, Math.round(this.#pace * (now - this.#taken)));
    this.#taken = now;
    const taken = [];
    let count = 0;
    while (this.#waiting.length) {
      const [first] = this.#waiting;
      const isWhole = first.cursor !== undefined || first.due <= now || count + first.text.length <= most;
      if (!isWhole && count >= most) break;
      taken.push(isWhole ? this.#waiting.shift() : this.#split(first, most - count));
      count += taken.at(-1).text?.length ?? 0;
    }
    this.#length -= count;
    return taken;
  }

  drain() {
    this.#length = 0;
    return this.#waiting.splice(0);
  }

  #split(first, count) {
    let end = count;
    const belongs = () => BELONGS.test(first.text.slice(end)) || JOINS.test(first.text.slice(0, end));
    while (end < first.text.length && belongs()) end += 1;
    if (end >= first.text.length) return this.#waiting.shift();
    const taken = { turn: first.turn, text: first.text.slice(0, end) };
    first.text = first.text.slice(end);
    return taken;
  }
}
