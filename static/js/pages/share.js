// A link of the list is copied by its button.
import { notify } from "../shell/notice.js";
import { gettext } from "../shell/words.js";

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy-link]");
  if (!button) return;
  const field = button.parentElement.querySelector("input");
  field.select();
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
    else document.execCommand("copy");
    notify(gettext("The link is copied."));
  } catch {
    // It is selected: the keyboard can copy it.
  }
});
