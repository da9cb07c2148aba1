// Makes what is shown equal to what the server has sent, and leaves every node alone that is already right: focus,
// selection and scroll position live in nodes.

export function reconcile(from, to) {
  if (from.isEqualNode(to)) return;
  if (from.nodeType === Node.TEXT_NODE) {
    setText(from, to.data);
    return;
  }
  syncAttributes(from, to);
  reconcileChildren(from, to);
}

function setText(node, text) {
  if (text.startsWith(node.data)) node.appendData(text.slice(node.data.length));
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
  let at = from.firstChild;
  for (const wanted of to.childNodes) {
    const found = key(wanted) ? known.get(key(wanted)) : isAlike(at, wanted) ? at : null;
    if (!found) {
      from.insertBefore(document.importNode(wanted, true), at);
      continue;
    }
    if (found === at) at = at.nextSibling;
    else from.insertBefore(found, at);
    reconcile(found, wanted);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function key(node) {
  return node.dataset?.message;
}

function isAlike(node, wanted) {
  return node && !key(node) && node.nodeName === wanted.nodeName && node.className === wanted.className;
}
