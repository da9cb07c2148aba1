// One sentence at the edge of the page, for what concerns no single element.

const KEPT = "rivulet:notice";
const SHOWN = 8_000;
let timer;

export function notify(text) {
  const element = document.getElementById("notice");
  element.textContent = text;
  element.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => (element.hidden = true), SHOWN);
}

/** To the front page, with a word about why. */
export function leave(text) {
  sessionStorage.setItem(KEPT, text);
  location.assign("/");
  return false;
}

const kept = sessionStorage.getItem(KEPT);
if (kept) {
  sessionStorage.removeItem(KEPT);
  notify(kept);
}
