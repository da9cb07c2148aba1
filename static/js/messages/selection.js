// A selection stays on its words while the nodes around them change.

/** `change` moves text out of the text nodes `moved` into other nodes of `element`. */
export function keepingSelection(element, moved, change) {
  const { anchorNode, anchorOffset, focusNode, focusOffset } = getSelection();
  if (!moved.includes(anchorNode) && !moved.includes(focusNode)) {
    change();
    return;
  }
  const ends = [keep(element, anchorNode, anchorOffset), keep(element, focusNode, focusOffset)];
  change();
  const [anchor, focus] = ends.map((end) => end());
  getSelection().setBaseAndExtent(...anchor, ...focus);
}

/** A way back to a place after nodes have changed: by its distance from the beginning of the element. */
function keep(element, node, offset) {
  if (!element.contains(node)) return () => [node, offset];
  const range = document.createRange();
  range.setStart(element, 0);
  range.setEnd(node, offset);
  const distance = range.toString().length;
  return () => placeAt(element, distance);
}

function placeAt(element, distance) {
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let left = distance;
  while (texts.nextNode()) {
    const { length } = texts.currentNode;
    if (left <= length) return [texts.currentNode, left];
    left -= length;
  }
  return [element, element.childNodes.length];
}
