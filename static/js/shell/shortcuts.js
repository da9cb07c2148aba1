// Keys that do what a button does. Alone, without Ctrl, they are left to whoever is writing.
import { ACTIONS, isPress, keyNames, run } from "./actions.js";

const WRITING = "input, textarea, select, [contenteditable]";
const OPEN = "dialog[open], details.menu[open], [role=listbox]:not([hidden], dialog *)";

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat) return;
  const action = ACTIONS.find(({ keys }) => keys && isPress(event, keys));
  if (!action || !isMeant(event, action)) return;
  if (run(action)) event.preventDefault();
});

/** Escape closes what is open before it stops anything; a letter in a text is a letter. */
function isMeant({ target }, { keys }) {
  if (keys.startsWith("Mod")) return !document.querySelector("dialog[open]");
  if (keys === "Escape") return !document.querySelector(OPEN) && (target === document.body || target.id === "text");
  return keys.includes("Escape") || !target.closest?.(WRITING);
}

document.addEventListener("click", async (event) => {
  const wanted = event.target.closest("[data-palette], [data-shortcuts]");
  if (!wanted) return;
  event.preventDefault();
  wanted.closest("details.menu")?.removeAttribute("open");
  if ("palette" in wanted.dataset) await openPalette();
  else (await import("./sheet.js")).open();
});

/** It takes what is typed from the first letter on, and knows what to find a moment later. */
async function openPalette() {
  const palette = document.getElementById("palette");
  palette.querySelector("input").value = "";
  palette.showModal();
  (await import("./palette.js")).look();
}

for (const key of document.querySelectorAll("kbd[data-keys]")) key.textContent = keyNames(key.dataset.keys).join(" ");
