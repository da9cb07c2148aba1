// What cannot be taken back is asked first: the page behind the link, as a dialog.
import { parse } from "../shell/html.js";

let dialog;

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-ask]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  try {
    const response = await fetch(link.href, { headers: { "HX-Request": "true" } });
    const form = response.ok && parse(await response.text()).querySelector("form");
    if (form) ask(document.importNode(form, true), link);
    else location.assign(link.href);
  } catch {
    location.assign(link.href);
  }
});

function ask(form, link) {
  dialog ??= make();
  dialog.replaceChildren(form);
  window.htmx.process(dialog);
  link.closest("details.menu")?.removeAttribute("open");
  dialog.showModal();
}

function make() {
  const made = document.createElement("dialog");
  made.className = "dialog";
  made.setAttribute("aria-labelledby", "question-title");
  made.addEventListener("htmx:afterRequest", ({ detail }) => detail.successful && made.close());
  document.body.append(made);
  return made;
}
