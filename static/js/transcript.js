// What is shown of a conversation. The DOM is the state: text is complete up to `cursor`.
import { MarkdownStream } from "./markdown-stream.js";
import { reconcile } from "./reconcile.js";

const ACTIVE = ["queued", "running"];
const HIDDEN_PAINT = 100;

export class Transcript {
  #root;
  #pending = new Map();
  #streams = new WeakMap();
  #reached;
  #frame;
  #timer;

  constructor(root) {
    this.#root = root;
    this.#reached = root.dataset.cursor;
  }

  /** How far text has come in, painted or not. */
  get cursor() {
    return this.#reached;
  }

  reach(cursor) {
    this.#reached = cursor;
    if (!this.#pending.size) this.#root.dataset.cursor = cursor;
  }

  /** The message with which what is shown begins. */
  get first() {
    return this.#root.querySelector("article[data-message]")?.dataset.message ?? "";
  }

  knows(turn) {
    return ACTIVE.includes(this.article(turn)?.dataset.status);
  }

  article(turn) {
    return this.#root.querySelector(`article[data-turn="${CSS.escape(turn)}"]`);
  }

  /** Text for the end of a reply: painted with the next frame, together with whatever else has come by then. */
  append(turn, text) {
    const waiting = this.#pending.get(turn);
    if (waiting) waiting.push(text);
    else this.#pending.set(turn, [text]);
    this.#frame ??= requestAnimationFrame(() => this.flush());
    this.#timer ??= setTimeout(() => this.flush(), HIDDEN_PAINT);
  }

  flush() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#frame = this.#timer = undefined;
    if (!this.#pending.size) return;
    for (const [turn, texts] of this.#pending) this.#write(turn, texts.join(""));
    this.#pending.clear();
    this.#root.dataset.cursor = this.#reached;
    this.#changed("text");
  }

  #write(turn, text) {
    const article = this.article(turn);
    const stream = this.#stream(article);
    stream.append(text);
    stream.paint();
    article.dataset.status = "running";
    delete article.dataset.waitUntil;
  }

  /** The server sends the text that it has shown along with a reply that goes on. */
  #stream(article) {
    const source = article.querySelector("script");
    if (!this.#streams.has(source)) {
      const stream = new MarkdownStream(article.querySelector(".message-text"), JSON.parse(source.textContent));
      this.#streams.set(source, stream);
    }
    return this.#streams.get(source);
  }

  /** Further `data-` of a reply: its status, or until when the model's server lets it wait. */
  mark(turn, data) {
    this.flush();
    Object.assign(this.article(turn).dataset, data);
    this.#changed("status");
  }

  /** The server's whole transcript in place of ours. */
  replace(fresh) {
    this.flush();
    this.#reached = fresh.dataset.cursor;
    reconcile(this.#root, fresh);
    this.#streams = new WeakMap();
    window.htmx?.process(this.#root);
    this.#changed("reload");
  }

  replaceMessage(fresh) {
    this.flush();
    const article = this.#root.querySelector(`article[data-message="${CSS.escape(fresh.dataset.message)}"]`);
    if (!article) return;
    reconcile(article, fresh);
    window.htmx?.process(article);
    this.#changed("message");
  }

  #changed(what) {
    this.#root.dispatchEvent(new CustomEvent("rivulet:shown", { bubbles: true, detail: { what } }));
  }
}
