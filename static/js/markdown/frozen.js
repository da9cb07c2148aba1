// A block that has become long before it has ended: what of it cannot change any more stays, and its end is rendered as a
// block of its own, behind a `prefix` that makes it one of the same kind.
import { htmlOf, startOfLine } from "./blocks.js";
import { fragment } from "../shell/html.js";
import { reconcileAfter } from "../transcript/reconcile.js";

const LONG = 3_000;
const KEPT = 600;
const BETWEEN_WORDS = /[\p{L}\p{N}][.,;:!?]? (?=[\p{L}\p{N}])/gu;
const UNDECIDED = /[*~`[\]\\<&]|\$\$|\b_|_\b/;
const OPEN_FORMULA = /\\[([](?![^]*\\[)\]])/;

class Frozen {
  prefix = "";
  labels = new Set();
  // The last node in the container that stays.
  after = null;

  /** `start`: where the block begins in the text. */
  constructor(start, node, container) {
    Object.assign(this, { start, node, container });
  }

  /** What stays from now on, so many elements more. */
  pass(count) {
    const passed = [];
    for (let at = this.after; passed.length < count; this.after = at) {
      at = at ? at.nextSibling : this.container.firstChild;
      if (at.nodeType === Node.ELEMENT_NODE) passed.push(at);
    }
    this.after = this.after.nextSibling ?? this.after;
    return passed;
  }
}

class List extends Frozen {
  static begin(block, source, start, node) {
    return new List(start, node, node).#like(block);
  }

  /** Where the last item begins, and how many are before it. Nowhere, while nothing says whether the list is loose. */
  static cut(block) {
    const items = block.filter(({ type, level }) => type === "list_item_open" && level === 1);
    return { line: items.at(-1).map[0], count: isLoose(block) === undefined ? 0 : items.length - 1 };
  }

  #like(block) {
    [{ type: this.type, markup: this.markup }] = block;
    this.isLoose = isLoose(block);
    return this;
  }

  /** The nodes of the end; null where this is not what was begun. */
  take(block) {
    if (block?.[0].type !== this.type || block[0].markup !== this.markup) return null;
    if (isLoose(block) && !this.isLoose) return null;
    if (this.isLoose) for (const token of paragraphs(block)) token.hidden = false;
    return childrenOf(block).slice(1);
  }
}

class Table extends Frozen {
  static begin([{ map: [first] }], source, start, node) {
    const table = new Table(start, node, node.tBodies[0]);
    table.prefix = source.slice(startOfLine(source, first), startOfLine(source, first + 2));
    return table;
  }

  static cut([{ map: [first, end] }]) {
    return { line: end - 1, count: end - first - 3 };
  }

  take(block) {
    if (block?.[0].type !== "table_open") return null;
    const body = fragment(htmlOf(block)).firstElementChild.tBodies[0];
    return body ? [...body.childNodes].slice(1) : null;
  }
}

export class Paragraph extends Frozen {
  prefix = "x";

  take(block) {
    const first = block?.[0].type === "paragraph_open" ? block[1].children[0] : null;
    if (first?.type !== "text" || !first.content.startsWith("x")) return null;
    first.content = first.content.slice(1);
    return childrenOf(block);
  }

  /** False where something in the block may still be closed by what is to come. */
  freeze(block, isFirst) {
    const texts = block[1].children.filter(({ type }) => type === "text");
    if (texts.some(({ content }) => UNDECIDED.test(content)) || OPEN_FORMULA.test(block[1].content)) return false;
    const nodes = isFirst ? childrenOf(block) : this.take(block);
    if (nodes) this.after = reconcileAfter(this.container, this.after, nodes, false);
    return nodes !== null;
  }
}

/** Where the beginning of a long text can be told from its end; 0 where it is not long, or nowhere. */
export function placeToCut(text) {
  if (text.length < LONG) return 0;
  const places = [...text.slice(0, -KEPT).matchAll(BETWEEN_WORDS)];
  return places.length ? places.at(-1).index + places.at(-1)[0].length - 1 : 0;
}

const KINDS = { bullet_list_open: List, ordered_list_open: List, table_open: Table };

/** The kind of block that can be frozen by its lines, and where. */
export function cutOf(block) {
  const kind = KINDS[block[0].type];
  return kind ? { kind, ...kind.cut(block) } : { line: 0, count: 0 };
}

function childrenOf(block) {
  return [...fragment(htmlOf(block)).firstElementChild.childNodes];
}

function isLoose(list) {
  const [first] = paragraphs(list);
  return first && !first.hidden;
}

/** Those whose tags a tight list hides. */
function paragraphs(list) {
  return list.filter(({ type, level }) => level === 2 && type.startsWith("paragraph_"));
}
