// Small things that one press does: open the dialog that deletes a conversation, close a menu.

document.addEventListener("click", (event) => {
  const { target } = event;
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
