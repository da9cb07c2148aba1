// Makes what is shown equal to what the server has sent, and leaves every node alone that is already right: focus,
// selection and scroll position live in nodes.
import { plain } from "../blocks/blocks.js";

export function reconcile(from, to) {
  if (from.isEqualNode(to)) return;
  if (isSameCode(from, to)) return;
  if (from.nodeType === Node.TEXT_NODE) {
    setText(from, to.data);
    return;
  }
  syncAttributes(from, to);
  if (from.classList.contains("message-text")) reconcileBlocks(from, to);
  else reconcileChildren(from, to);
}

/** Blocks may carry colours, tools and formulae by now: one that was rendered from the same stays with all of them. */
function reconcileBlocks(from, to) {
  let at = from.firstChild;
  for (const wanted of to.childNodes) {
    const next = at?.nextSibling ?? null;
    if (!at) from.append(document.importNode(wanted, true));
    else if (!isSameBlock(at, wanted)) at.replaceWith(document.importNode(wanted, true));
    at = next;
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function isSameBlock(from, to) {
  if (from.isEqualNode(to)) return true;
  return from.nodeType === Node.ELEMENT_NODE && (isSameCode(from, to) || plain(from).isEqualNode(to));
}

/** Makes what comes after a node of `parent` equal to `wanted`. The last node of it. */
export function reconcileAfter(parent, after, wanted, isAll = true) {
  let last = after;
  for (const fresh of [...wanted]) {
    const at = last ? last.nextSibling : parent.firstChild;
    if (isAlike(at, fresh)) reconcile(at, fresh);
    else parent.insertBefore(fresh, at);
    last = last ? last.nextSibling : parent.firstChild;
  }
  while (isAll && (last ? last.nextSibling : parent.firstChild)) {
    (last ? last.nextSibling : parent.firstChild).remove();
  }
  return last;
}

/** Code that has its colours and tools already. */
function isSameCode(from, to) {
  const codes = from.nodeName === "PRE" && [from, to].map((pre) => pre.querySelector("code"));
  if (!codes || !codes[0]) return false;
  return codes[0].className === codes[1]?.className && codes[0].textContent === codes[1]?.textContent;
}

function setText(node, text) {
  if (text.startsWith(node.data)) node.appendData(text.slice(node.data.length));
  else if (node.data.startsWith(text)) node.deleteData(text.length, node.data.length);
  else node.data = text;
}

function syncAttributes(from, to) {
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const { name } of [...from.attributes]) {
    const isTheirs = name === "open" && from instanceof HTMLDetailsElement;
    if (!to.hasAttribute(name) && !isTheirs) from.removeAttribute(name);
  }
}

export function reconcileChildren(from, to) {
  const known = new Map([...from.children].filter(key).map((child) => [key(child), child]));
  let at = theirs(from.firstChild);
  for (const wanted of to.childNodes) {
    const found = key(wanted) ? known.get(key(wanted)) : isAlike(at, wanted) ? at : null;
    if (!found) {
      from.insertBefore(document.importNode(wanted, true), at);
      continue;
    }
    if (found === at) at = theirs(at.nextSibling);
    else from.insertBefore(found, at);
    reconcile(found, wanted);
  }
  while (at) {
    const next = theirs(at.nextSibling);
    at.remove();
    at = next;
  }
}

/** The next node that is the server's to say: what has `data-local` was put there by this page, and stays. */
function theirs(node) {
  return node?.dataset?.local === undefined ? node : theirs(node.nextSibling);
}

function key(node) {
  return node.dataset?.message ?? node.dataset?.key;
}

function isAlike(node, wanted) {
  return node && !key(node) && node.nodeName === wanted.nodeName && node.className === wanted.className;
}
