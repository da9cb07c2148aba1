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
  try {
    sessionStorage.setItem(KEPT, text);
  } catch {
    // Without storage the page is left without a word.
  }
  location.assign("/");
  return false;
}

try {
  const kept = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  if (kept) notify(kept);
} catch {
  // See above.
}
