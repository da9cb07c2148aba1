// What stands in a field is copied by the button beside it.
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
    notify(gettext("Copied"));
  } catch {
    // It is selected: the keyboard can copy it.
  }
});
