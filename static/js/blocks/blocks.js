// What is put onto rendered blocks afterwards, the same for streamed and for stored ones: tools and colours on code,
// formulae, tables that scroll. The nodes that were rendered stay, and stay where they are.
import { dressCode, undressCode } from "./code.js";
import { dressMath, undressMath } from "./math.js";
import { watchOverflow } from "./overflow.js";

const SCROLLING = "table, pre > code, .math-display";

/** Idempotent: an element, a block of a reply or the whole of it, as it is shown when it is final. */
export function decorate(element) {
  for (const pre of within(element, "pre")) dressCode(pre, true);
  for (const math of within(element, ".math")) dressMath(math);
  for (const wide of within(element, SCROLLING)) watchOverflow(wide);
}

/**
 * Code that still grows, each time that something was added to it: to the last text node of the `code` and nowhere else,
 * since what comes before is painted as soon as a line has ended. `decorate` makes an end of it.
 */
export function decorateOpenFence(pre) {
  dressCode(pre, false);
}

/** A copy of what was rendered, without what was put onto it. */
export function plain(element) {
  const copy = element.cloneNode(true);
  for (const pre of within(copy, "pre")) undressCode(pre);
  for (const math of within(copy, ".math")) undressMath(math);
  for (const wide of within(copy, SCROLLING)) wide.removeAttribute("tabindex");
  return copy;
}

function within(element, selector) {
  const found = [...element.querySelectorAll(selector)];
  return element.matches(selector) ? [element, ...found] : found;
}
