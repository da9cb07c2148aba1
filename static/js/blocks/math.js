// Formulae. The text of a `.math` is TeX; KaTeX's picture of it takes its place, and the TeX stays at hand.
import "./formula-copy.js";
import { later } from "./slices.js";
import { fill, gettext } from "../shell/words.js";

const LONGEST = 10_000;
// No links, images, classes or data: a formula that asks for them stays text. Unicode in formulae is fine.
const OPTIONS = {
  trust: ({ command }) => refuse(command),
  strict: (code) => (code === "htmlExtension" ? "error" : "ignore"),
  maxSize: 30,
  maxExpand: 500,
  throwOnError: true,
};
let library;

export async function dressMath(element) {
  if ("tex" in element.dataset || element.textContent.length > LONGEST) return;
  element.dataset.tex = element.textContent;
  library ??= load();
  const katex = await library;
  if (katex) later(drawing(katex, element));
}

export function undressMath(element) {
  if (!("tex" in element.dataset)) return;
  element.textContent = element.dataset.tex;
  delete element.dataset.tex;
  element.removeAttribute("title");
  element.classList.remove("math-problem");
}

function* drawing(katex, element) {
  draw(katex, element);
  yield;
}

/** What KaTeX cannot read stays what it was: text. Its own account of an error is never made into markup. */
function draw(katex, element) {
  const { tex } = element.dataset;
  if (tex === undefined) return;
  try {
    const displayMode = element.classList.contains("math-display");
    const tree = katex.__renderToDomTree(tex, { ...OPTIONS, displayMode });
    holdStyles(tree);
    const picture = tree.toNode();
    applyStyles(picture);
    element.replaceChildren(picture);
  } catch (error) {
    element.classList.add("math-problem");
    element.title = String(error.message ?? error);
  }
}

function refuse(command) {
  throw new Error(fill(gettext("%(command)s is not allowed here."), { command }));
}

/** The page's policy refuses `style` attributes, but not what scripts of ours style. */
function holdStyles({ attributes, children }) {
  if (attributes?.style) {
    attributes["data-style"] = attributes.style;
    delete attributes.style;
  }
  children?.forEach(holdStyles);
}

function applyStyles(picture) {
  for (const element of picture.querySelectorAll("[data-style]")) {
    element.style.cssText = element.dataset.style;
    delete element.dataset.style;
  }
}

/** Nothing where it cannot be reached: the TeX can be read as it is. */
async function load() {
  try {
    await Promise.all([import("../../vendor/katex/katex.min.js"), loadStyle(document.getElementById("katex-style"))]);
    return window.katex;
  } catch {
    return null;
  }
}

function loadStyle(link) {
  return new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", reject);
    link.disabled = false;
  });
}
