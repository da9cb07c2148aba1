// Markdown while it comes. Blocks that are finished stay as they are; what follows them is rendered anew.
import { decorate } from "../blocks/blocks.js";
import { fragment } from "../shell/html.js";
import { blocksOf, htmlOf, labelsIn, linesOf, startOfLine } from "./blocks.js";
import { Fence } from "./fence.js";
import { cutOf, placeToCut, Paragraph } from "./frozen.js";
import { Linked } from "./linked.js";
import "./live.js";
import { shown } from "./unfinished.js";
import { Words } from "./words.js";
import { markdown } from "./markdown.js";
import { reconcileAfter } from "../transcript/reconcile.js";

const LONG = 1_000;

export class MarkdownStream {
  #place;
  #text = "";
  // The last node that is final, where the text behind it begins, and how far its lines have been looked at.
  #last = null;
  #from = 0;
  #looked = 0;
  // The block that has begun, as its lines tell, and what of it is frozen; or its fence; or the words at its end.
  #begun = null;
  #open = null;
  #whole = -1;
  #fence = null;
  #words = new Words();
  #references = Object.create(null);
  #linked = new Linked((text) => nodesOf(this.#parse(text, false).flat())[0]);

  constructor(place) {
    this.#place = place;
  }

  /** `text` is that of the last time, and more. */
  paint(text) {
    this.#text = text;
    if (this.#fence?.grow(text)) return;
    this.#leaveFence();
    if (this.#words.grow(text)) return;
    while (!this.#advance()) this.#thaw();
  }

  /** Nothing more will come: what stands then is what the server stores. */
  finish(text) {
    this.#text = text;
    this.#leaveFence();
    this.#words.stop();
    while (!this.#finishTo(text.length)) this.#thaw();
  }

  /** Each step says false where what was frozen turns out to be something else. */
  #advance() {
    if (!this.#settle()) return false;
    const source = this.#source();
    const visible = shown(source);
    const blocks = this.#parse(visible, true);
    if (this.#show(blocks, true) === undefined) return false;
    this.#freezeLines();
    if (this.#freezeWords(blocks)) return this.#advance();
    this.#words.follow(this.#text, visible === source ? this.#place : null);
    return true;
  }

  /** The text behind what is final, and before it what makes it the end of a frozen block. */
  #source(until) {
    return (this.#open?.prefix ?? "") + this.#text.slice(this.#from, until);
  }

  /** Where a line of `source` begins in the text. */
  #at(source, line) {
    return this.#from + startOfLine(source, line) - (this.#open?.prefix.length ?? 0);
  }

  #parse(source, isLive) {
    // What is defined by a line that is still being typed must not stay.
    const references = isLive ? Object.create(this.#references) : this.#references;
    return blocksOf(markdown.parse(source, { references, isLive }));
  }

  /** Makes the nodes behind the final ones equal to blocks. The last of them, and none where the open block differs. */
  #show(blocks, isAll) {
    if (!this.#open) return reconcileAfter(this.#place, this.#last, nodesOf(blocks.flat()), isAll);
    const [first, ...others] = blocks;
    const { node, container, after } = this.#open;
    const end = this.#open.take(first);
    if (!end) return undefined;
    reconcileAfter(container, after, end);
    return reconcileAfter(this.#place, node, [document.createTextNode("\n"), ...nodesOf(others.flat())], isAll);
  }

  // --- blocks that are finished ---

  /** All but the last, by whole lines: the next line may belong to that. */
  #settle() {
    const whole = this.#text.lastIndexOf("\n") + 1;
    if (whole <= this.#looked) return true;
    this.#looked = whole;
    const source = this.#source(whole);
    const blocks = blocksOf(linesOf(source, Object.create(this.#references)));
    // An open formula may turn out to be text, and then belongs to the paragraph before it.
    const isOpen = blocks.at(-1)?.[0].meta?.isOpen;
    const count = blocks.length - (isOpen ? 2 : 1);
    const block = isOpen ? null : blocks.at(-1);
    if (block) {
      const [start, cut] = [block[0].map[0], cutOf(block).line].map((line) => this.#at(source, line));
      this.#begun = { block, source, start, cut };
    }
    return count < 1 || this.#finishTo(this.#at(source, blocks[count - 1][0].map[1]));
  }

  #finishTo(end) {
    const known = Object.keys(this.#references).length;
    const source = this.#source(end);
    const blocks = this.#parse(source, false);
    const labels = Object.keys(this.#references).slice(known);
    this.#linked.again(labels);
    if (labels.some((label) => this.#open?.labels.has(label))) return false;
    const last = this.#show(blocks, end === this.#text.length);
    if (last === undefined) return false;
    this.#keep(blocks, source);
    [this.#last, this.#from, this.#open] = [last, end, null];
    return true;
  }

  #keep(blocks, source) {
    this.#open?.container.normalize();
    const starts = blocks.map(([{ map }]) => this.#at(source, map[0]));
    if (this.#open) starts[0] = this.#open.start;
    let at = this.#open?.node ?? elementAfter(this.#place, this.#last);
    for (const [index, [{ map }]] of blocks.entries()) {
      this.#linked.add(at, this.#text.slice(starts[index], this.#at(source, map[1])));
      decorate(at);
      at = at.nextElementSibling;
    }
  }

  // --- the block that has begun ---

  #freezeLines() {
    const { block, source, start, cut } = this.#begun ?? {};
    this.#begun = null;
    if (!block) return;
    const node = this.#open?.node ?? elementAfter(this.#place, this.#last);
    if (block[0].type === "fence") this.#fence = Fence.of(block[0], this.#text, start, node);
    const { kind, count } = cutOf(block);
    if (count < 1 || cut - this.#from < LONG) return;
    this.#open ??= kind.begin(block, source, start, node);
    this.#pass(cut);
    for (const passed of this.#open.pass(count)) decorate(passed);
  }

  /** A long paragraph is frozen between two words, where nothing before them waits for its end. */
  #freezeWords(blocks) {
    if (blocks.length !== 1 || blocks[0][0].type !== "paragraph_open" || this.#fence) return false;
    const start = this.#open?.start ?? this.#from;
    const at = start === this.#whole ? 0 : placeToCut(this.#text.slice(this.#from));
    if (!at) return false;
    const [block] = this.#parse(this.#source(this.#from + at), false);
    const node = this.#open?.node ?? elementAfter(this.#place, this.#last);
    const paragraph = this.#open ?? new Paragraph(start, node, node);
    if (!paragraph.freeze(block, !this.#open)) return false;
    this.#open = paragraph;
    this.#pass(this.#from + at);
    return true;
  }

  /** The frozen part of the text now ends there. */
  #pass(cut) {
    const text = this.#text.slice(this.#from, cut);
    if (text.includes("[")) {
      for (const label of labelsIn(text)) this.#open.labels.add(label);
      this.#parse(text, false);
    }
    this.#from = cut;
  }

  #thaw() {
    const { start } = this.#open;
    if (this.#open instanceof Paragraph) this.#whole = start;
    [this.#from, this.#open, this.#begun, this.#looked] = [start, null, null, 0];
  }

  #leaveFence() {
    if (!this.#fence) return;
    this.#fence = null;
    this.#looked = 0;
  }
}

function nodesOf(tokens) {
  return tokens.length ? fragment(htmlOf(tokens)).childNodes : [];
}

function elementAfter(place, node) {
  return node ? node.nextElementSibling : place.firstElementChild;
}
