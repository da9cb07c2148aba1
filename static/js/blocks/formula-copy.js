// A selection with formulae in it is copied with their TeX, not with the pieces that a formula is drawn of.

const LINES = "p, li, tr, pre, blockquote, h1, h2, h3, h4, h5, h6, .math-display";

document.addEventListener("copy", (event) => {
  const selection = getSelection();
  const isField = event.target.closest?.("textarea, input");
  if (event.defaultPrevented || isField || selection.isCollapsed) return;
  const copied = wholeFormulae(selection.getRangeAt(0)).cloneContents();
  if (!copied.querySelector(".math[data-tex]")) return;
  event.preventDefault();
  event.clipboardData.setData("text/html", markupOf(copied));
  event.clipboardData.setData("text/plain", textOf(copied));
});

function wholeFormulae(range) {
  const whole = range.cloneRange();
  const first = formulaAround(range.startContainer);
  const last = formulaAround(range.endContainer);
  if (first) whole.setStartBefore(first);
  if (last) whole.setEndAfter(last);
  return whole;
}

const formulaAround = (node) => (node.closest ? node : node.parentElement).closest(".math[data-tex]");

/** With MathML, which word processors read. */
function markupOf(copied) {
  const whole = document.createElement("div");
  whole.append(copied.cloneNode(true));
  for (const part of whole.querySelectorAll(".katex-html, .code-tools, svg")) part.remove();
  return new XMLSerializer().serializeToString(whole);
}

function textOf(copied) {
  for (const formula of copied.querySelectorAll(".math[data-tex]")) formula.replaceChildren(delimited(formula));
  for (const line of copied.querySelectorAll(LINES)) line.append("\n");
  return copied.textContent.replace(/\n{3,}/g, "\n\n").trim();
}

function delimited(formula) {
  const { tex } = formula.dataset;
  return formula.classList.contains("math-display") ? `$$\n${tex.trim()}\n$$` : `\\(${tex}\\)`;
}
