// Says that a reply has ended, to somebody who wants to know and looks at something else. One of all tabs does it.
import { pause } from "../live/pause.js";
import { gettext } from "../shell/words.js";

const TABS_ANSWER = 300;
const ONE_AT_A_TIME = 3_000;
const channel = new BroadcastChannel("rivulet:replies");
const seen = new Set();

channel.addEventListener("message", ({ data }) => note(data));

document.addEventListener("rivulet:sidebar", ({ detail }) => {
  if (detail?.ended) ended(detail);
});

async function ended({ conversation, ended: turn }) {
  if (isShown(conversation) && !document.hidden) {
    channel.postMessage(turn);
    return;
  }
  // The tab that has the conversation comes first: a click on its notification leads there.
  await pause(isShown(conversation) ? TABS_ANSWER : 2 * TABS_ANSWER);
  if (seen.has(turn) || !isWanted()) return;
  await navigator.locks?.request(`rivulet:ended:${turn}`, { ifAvailable: true }, (lock) => lock && notify(conversation));
}

function isWanted() {
  const asked = "notifications" in document.documentElement.dataset;
  return asked && "Notification" in window && Notification.permission === "granted";
}

function isShown(conversation) {
  return document.getElementById("transcript")?.dataset.conversation === conversation;
}

/** Holds the lock for a while: other tabs hear of the same reply a little later. */
async function notify(conversation) {
  const link = document.getElementById(`in-sidebar-${conversation}`);
  const title = link?.querySelector(".truncate").textContent ?? "Rivulet";
  const icon = document.querySelector('link[rel="icon"]')?.href;
  const notification = new Notification(title, { body: gettext("The reply is ready."), tag: conversation, icon });
  notification.onclick = () => {
    window.focus();
    notification.close();
    if (!isShown(conversation)) location.assign(`/conversations/${conversation}/`);
  };
  await pause(ONE_AT_A_TIME);
}

function note(turn) {
  seen.add(turn);
  setTimeout(() => seen.delete(turn), ONE_AT_A_TIME);
}
