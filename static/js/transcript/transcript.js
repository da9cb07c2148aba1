// What is shown of a conversation. The DOM is the state: text is complete up to `cursor`.
import { decorate } from "../blocks/blocks.js";
import { standingToMessage } from "../live/cursor.js";
import { extend, lastText, textsOf } from "../steps/steps.js";
import { reconcile } from "./reconcile.js";
import { ReplyText } from "./reply-text.js";
import { Smooth } from "./smooth.js";

const ACTIVE = ["queued", "running"];
// Some twenty-five times a second is as smooth as text gets; what takes longer to paint is painted less often, so that a fiftieth
// of the time goes into it while that is enough, and a ninth at most.
const PAINT_EVERY = 40;
const PAINT_SELDOM = 75;
const REST = 50;
const REST_OF_LONG = 8;

export class Transcript {
  #root;
  #reached;
  #articles = new Map();
  #replies = new WeakMap();
  #waiting = new Smooth();
  #timer;
  #next = 0;

  constructor(root) {
    this.#root = root;
    this.#reached = root.dataset.cursor;
    document.addEventListener("visibilitychange", () => this.flush());
    root.addEventListener("rivulet:shown", ({ detail }) => detail.what === "earlier" && this.#dress());
    this.#dress();
  }

  /** How far text has come in, painted or not. */
  get cursor() {
    return this.#reached;
  }

  reach(cursor) {
    this.#reached = cursor;
    if (this.#waiting.isEmpty) this.#root.dataset.cursor = cursor;
    else this.#waiting.reach(cursor);
  }

  /** The message with which what is shown begins. */
  get first() {
    return this.#root.querySelector("article[data-message]")?.dataset.message ?? "";
  }

  knows(turn) {
    return ACTIVE.includes(this.article(turn)?.dataset.status);
  }

  article(turn) {
    const known = this.#articles.get(turn);
    if (known?.isConnected && known.dataset.turn === turn) return known;
    const article = this.#root.querySelector(`article[data-turn="${CSS.escape(turn)}"]`);
    this.#articles.set(turn, article);
    return article;
  }

  /** How a frame, which says what the log holds after `from`, stands to the message of its turn. */
  standing(from, { turn, cursor }) {
    const at = this.article(turn)?.dataset.at;
    return at ? standingToMessage(from, cursor, at) : "next";
  }

  /** More of a step that is being written. False where none of the kind is shown. */
  extend(frame) {
    this.flush();
    return extend(this.article(frame.turn), frame);
  }

  /** Text for the end of a reply. */
  append(turn, text) {
    this.#waiting.add(turn, text, performance.now());
    this.#schedule();
  }

  #schedule() {
    this.#timer ??= setTimeout(() => this.#paint(), Math.max(0, this.#next - performance.now()));
  }

  #paint() {
    this.#timer = undefined;
    const began = performance.now();
    this.#show(this.#waiting.take(began));
    const took = performance.now() - began;
    this.#next = began + Math.max(PAINT_EVERY, Math.min(REST * took, PAINT_SELDOM), REST_OF_LONG * took);
    if (!this.#waiting.isEmpty) this.#schedule();
  }

  /** All that has come, at once. */
  flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#waiting.isEmpty) this.#show(this.#waiting.drain());
  }

  #show(pieces) {
    const texts = new Map();
    for (const { turn, text, cursor } of pieces) {
      if (cursor !== undefined) this.#root.dataset.cursor = cursor;
      else texts.set(turn, (texts.get(turn) ?? "") + text);
    }
    const begun = [...texts].map(([turn, text]) => this.#write(this.article(turn), text));
    if (begun.includes(true)) this.#changed("text");
  }

  /** True with the first words: more of the same is nothing that the rest of the page has to know. */
  #write(article, text) {
    const reply = this.#reply(article);
    const isFirst = !reply.text || article.dataset.status !== "running" || "waitUntil" in article.dataset;
    reply.append(text);
    reply.paint();
    if (!isFirst) return false;
    article.dataset.status = "running";
    delete article.dataset.waitUntil;
    return true;
  }

  /** A reply that goes on, from the text that the server has shown of it and sends along. */
  #reply(article) {
    const place = lastText(article);
    if (!this.#replies.has(place)) this.#replies.set(place, new ReplyText(place, sourceOf(article)));
    return this.#replies.get(place);
  }

  /** Further `data-` of a reply: its status, or until when the model's server lets it wait. */
  mark(turn, data) {
    this.flush();
    const article = this.article(turn);
    if (data.status && !ACTIVE.includes(data.status)) this.#replies.get(lastText(article))?.finish();
    Object.assign(article.dataset, data);
    this.#changed("status");
  }

  /** The server's whole transcript in place of ours. */
  replace(fresh) {
    this.flush();
    this.#reached = fresh.dataset.cursor;
    for (const article of fresh.querySelectorAll("article[data-turn]")) this.#goOn(article);
    this.#reconcile(this.#root, fresh, "reload");
  }

  replaceMessage(fresh) {
    this.flush();
    const article = this.#root.querySelector(`article[data-message="${CSS.escape(fresh.dataset.message)}"]`);
    if (!article) return;
    this.#goOn(fresh);
    this.#reconcile(article, fresh, "message");
  }

  /** A reply whose last text has more in it now, and still runs, goes on in the nodes that it has. */
  #goOn(fresh) {
    const article = this.article(fresh.dataset.turn);
    const [from, to] = [article, fresh].map(lastText);
    const reply = this.#replies.get(from);
    const text = sourceOf(fresh);
    const isSameText = article && textsOf(article).length === textsOf(fresh).length;
    if (!reply || !isSameText || !text?.startsWith(reply.text)) {
      this.#replies.delete(from);
      return;
    }
    reply.append(text.slice(reply.text.length));
    reply.paint();
    to.replaceChildren(...from.cloneNode(true).childNodes);
  }

  #reconcile(from, to, what) {
    reconcile(from, to);
    this.#dress();
    window.htmx?.process(from);
    this.#changed(what);
  }

  #dress() {
    for (const article of this.#root.querySelectorAll("article[data-turn]")) {
      const isActive = ACTIVE.includes(article.dataset.status);
      if (isActive) this.#reply(article);
      for (const text of isActive ? textsOf(article).slice(0, -1) : textsOf(article)) decorate(text);
    }
  }

  #changed(what) {
    this.#root.dispatchEvent(new CustomEvent("rivulet:shown", { bubbles: true, detail: { what } }));
  }
}

/** The text that the server has shown of a reply that goes on. */
function sourceOf(article) {
  const source = article.querySelector(":scope > data");
  return source && JSON.parse(source.value);
}
