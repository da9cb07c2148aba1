// What stands over code: its language, and buttons that copy it, wrap its long lines, or show it as a diagram.
import { toggleDiagram } from "./diagram.js";
import { highlight } from "./highlight.js";
import { copyText } from "../messages/clipboard.js";
import { gettext } from "../shell/words.js";

const KEPT = "rivulet:wrap";
const COPIED = 1_500;
const REORDERS = /[\u202a-\u202e\u2066-\u2069]/;
const root = document.documentElement;

try {
  root.toggleAttribute("data-wrap", localStorage.getItem(KEPT) === "on");
} catch {
  // Lines are not wrapped then.
}

/** `pre` holds a `code`, whose text may still grow unless it is final. */
export function dressCode(pre, isFinal) {
  const code = pre.querySelector("code");
  if (!code) return;
  const language = languageOf(code);
  if (!pre.querySelector(".code-tools")) addTools(pre, language);
  if (isFinal) showNotes(pre, code, language);
  highlight(code, language, isFinal);
}

function showNotes(pre, code, language) {
  if (language === "mermaid") pre.querySelector("[data-diagram]")?.removeAttribute("hidden");
  if (REORDERS.test(code.textContent)) pre.querySelector(".code-warning")?.removeAttribute("hidden");
}

export function undressCode(pre) {
  for (const added of pre.querySelectorAll(".code-tools, .diagram")) added.remove();
  const code = pre.querySelector("code");
  if (code) code.textContent = code.textContent;
}

function languageOf(code) {
  const name = [...code.classList].find((each) => each.startsWith("language-")) ?? "";
  return name.slice("language-".length).toLowerCase();
}

function addTools(pre, language) {
  const template = document.getElementById("code-tools");
  if (!template) return;
  const tools = document.importNode(template.content, true).firstElementChild;
  tools.dataset.language = language;
  showWrap(tools.querySelector("[data-wrap-lines]"));
  pre.prepend(tools);
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.(".code-tools button");
  if (!button) return;
  const pre = button.closest("pre");
  if ("copyCode" in button.dataset) copy(button, pre.querySelector("code"));
  if ("wrapLines" in button.dataset) toggleWrap();
  if ("diagram" in button.dataset) toggleDiagram(button, pre);
});

async function copy(button, code) {
  await copyText(code.textContent);
  const use = button.querySelector("use");
  const href = use.getAttribute("href");
  if (href.endsWith("#check")) return;
  use.setAttribute("href", href.replace("#copy", "#check"));
  button.setAttribute("aria-label", gettext("Copied"));
  setTimeout(() => {
    use.setAttribute("href", href);
    button.setAttribute("aria-label", button.title);
  }, COPIED);
}

function toggleWrap() {
  const isWrapped = root.toggleAttribute("data-wrap");
  document.querySelectorAll("[data-wrap-lines]").forEach(showWrap);
  try {
    localStorage.setItem(KEPT, isWrapped ? "on" : "off");
  } catch {
    // Chosen for this page only.
  }
}

function showWrap(button) {
  button.setAttribute("aria-pressed", String(root.hasAttribute("data-wrap")));
}
