// Small things that one press does: copy a message, open the dialog that deletes a conversation, close a menu.

const COPIED = 1_500;

document.addEventListener("click", (event) => {
  const { target } = event;
  const copy = target.closest("[data-copy]");
  if (copy) copyMessage(copy);
  if (target.closest("[data-delete]")) {
    event.preventDefault();
    document.getElementById("delete").showModal();
  }
  if (target.closest("[data-close]")) target.closest("dialog").close();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});

document.addEventListener("keydown", ({ key, target }) => {
  const menu = key === "Escape" && target.closest?.("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

async function copyMessage(button) {
  await copyText(button.closest("article").querySelector(".message-text"));
  const use = button.querySelector("use");
  const href = use.getAttribute("href");
  use.setAttribute("href", href.replace("#copy", "#check"));
  setTimeout(() => use.setAttribute("href", href), COPIED);
}

/** The clipboard's own interface exists over https and on localhost alone. */
async function copyText(element) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(element.textContent);
    return;
  }
  const selection = getSelection();
  selection.selectAllChildren(element);
  document.execCommand("copy");
  selection.removeAllRanges();
}
