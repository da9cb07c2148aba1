// On the settings page. Notifications need the browser's leave, for which it may be asked at a click alone.
import { gettext } from "../shell/words.js";

const box = document.querySelector('#preferences [name="notifications"]');
const problem = document.getElementById("notifications-problem");

box.addEventListener("change", async () => {
  problem.hidden = true;
  if (!box.checked) return;
  const answer = "Notification" in window ? await Notification.requestPermission() : "denied";
  if (answer === "granted") return;
  box.checked = false;
  problem.textContent = gettext("Your browser does not let this site show notifications. Allow them there first.");
  problem.hidden = false;
});
