// Which conversations have a reply that ended and was not looked at, as this browser knows it: a dot in the sidebar.
import { gettext } from "../shell/words.js";

const KEY = "rivulet:unseen";
const MOST = 200;

document.addEventListener("rivulet:sidebar", ({ detail }) => {
  if (detail?.ended) change((unseen) => unseen.add(detail.conversation));
});
document.addEventListener("rivulet:listed", () => show());
document.addEventListener("visibilitychange", () => look());
addEventListener("storage", ({ key }) => key === KEY && look());
look();

/** What is on the screen has been seen. */
function look() {
  const shown = document.getElementById("transcript")?.dataset.conversation;
  const unseen = read();
  if (!document.hidden && unseen.has(shown)) write(unseen, shown);
  show();
}

function change(edit) {
  const unseen = read();
  edit(unseen);
  write(unseen);
  look();
}

function write(unseen, seen) {
  const kept = [...unseen].filter((each) => each !== seen).slice(-MOST);
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Then no dot is shown.
  }
}

function read() {
  try {
    return new Set(JSON.parse(localStorage.getItem(KEY)));
  } catch {
    return new Set();
  }
}

function show() {
  const unseen = read();
  for (const link of document.querySelectorAll("#sidebar-list [data-conversation]")) {
    const isUnseen = unseen.has(link.dataset.conversation);
    if (isUnseen === ("unseen" in link.dataset)) continue;
    link.toggleAttribute("data-unseen", isUnseen);
    if (isUnseen) link.setAttribute("aria-description", gettext("new reply"));
    else link.removeAttribute("aria-description");
  }
}
