// The list of many conversations: all at once, how many, and what other tabs do to them.
import { parse } from "../shell/html.js";
import { reconcile } from "../transcript/reconcile.js";
import { throttled } from "../live/throttle.js";
import { fill, ngettext } from "../shell/words.js";

const main = document.getElementById("main");
const boxes = () => [...main.querySelectorAll('[name="conversation"]')];

main.addEventListener("change", ({ target }) => {
  if (target.id === "manage-all") for (const box of boxes()) box.checked = target.checked;
  count();
});
document.addEventListener("rivulet:sidebar", throttled(refresh));
addEventListener("pageshow", count);
count();

function count() {
  const all = document.getElementById("manage-all");
  if (!all) return;
  const chosen = boxes().filter((box) => box.checked).length;
  all.checked = chosen > 0 && chosen === boxes().length;
  all.indeterminate = chosen > 0 && !all.checked;
  const text = chosen ? fill(ngettext("%(count)s chosen", "%(count)s chosen", chosen), { count: chosen }) : "";
  document.getElementById("manage-count").textContent = text;
}

async function refresh() {
  // What somebody writes or chooses at this moment is not to be taken from under the hands.
  if (main.contains(document.activeElement) && document.activeElement.matches("input:not([type=checkbox]), select")) return;
  try {
    const response = await fetch(location.href);
    if (response.ok) reconcile(main, parse(await response.text()).getElementById("main"));
  } catch {
    return;
  }
  count();
}
