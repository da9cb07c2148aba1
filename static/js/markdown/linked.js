// Finished blocks that may refer to links which are defined later. They alone are ever rendered again.
import { decorate, plain } from "../blocks/blocks.js";
import { labelsIn } from "./blocks.js";

export class Linked {
  #blocks = [];
  #render;

  /** `render` makes the node of a block from its text, with the links that are known by now. */
  constructor(render) {
    this.#render = render;
  }

  add(node, text) {
    if (text.includes("[")) this.#blocks.push({ node, text, labels: labelsIn(text) });
  }

  again(labels) {
    for (const block of labels.length ? this.#blocks : []) {
      if (!labels.some((label) => block.labels.has(label))) continue;
      const fresh = this.#render(block.text);
      if (fresh.isEqualNode(plain(block.node))) continue;
      block.node.replaceWith(fresh);
      block.node = fresh;
      decorate(fresh);
    }
  }
}
