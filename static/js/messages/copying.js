// The text of a message into the clipboard: as it was written, or as it reads.
import { say } from "../transcript/aloud.js";
import { plain } from "../blocks/blocks.js";
import { textsOf } from "../steps/steps.js";
import { copyText } from "./clipboard.js";
import { notify } from "../shell/notice.js";
import { gettext } from "../shell/words.js";

const SHOWN = 1_500;

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const texts = textsOf(button.closest("article"));
  try {
    await copyText(button.dataset.copy ? await source(button, texts) : plainly(texts));
    copied(button);
  } catch {
    notify(gettext("The text could not be copied. Try again."));
  }
});

/** What somebody typed is shown as it is; the markdown of a reply is fetched. */
async function source(button, [text]) {
  if (button.closest('[data-role="user"]')) return text.textContent;
  const response = await fetch(button.dataset.copy);
  if (!response.ok) throw new Error(response.status);
  return response.text();
}

const plainly = (texts) => texts.map((text) => plain(text).textContent.trim()).join("\n\n");

function copied(button) {
  const menu = button.closest("details.menu");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
    notify(gettext("Copied"));
    return;
  }
  say(gettext("Copied"));
  const use = button.querySelector("use");
  const href = use.getAttribute("href").replace("#check", "#copy");
  use.setAttribute("href", href.replace("#copy", "#check"));
  button.dataset.copied = "";
  setTimeout(() => {
    use.setAttribute("href", href);
    delete button.dataset.copied;
  }, SHOWN);
}
