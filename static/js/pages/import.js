// The form takes a file that is dropped on it, and says that it is busy while the file goes up.
import { notify } from "../shell/notice.js";

const form = document.getElementById("import");
const place = form.querySelector("[data-drop]");
const input = form.querySelector('input[type="file"]');

for (const type of ["dragenter", "dragover"]) {
  place.addEventListener(type, (event) => {
    event.preventDefault();
    place.dataset.drop = "over";
  });
}
for (const type of ["dragleave", "drop"]) {
  place.addEventListener(type, () => (place.dataset.drop = ""));
}
place.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
});

form.addEventListener("submit", (event) => {
  // The server would hang up in the middle, which browsers call a broken connection.
  if (input.files[0]?.size > Number(place.dataset.max)) {
    event.preventDefault();
    notify(place.dataset.tooLarge);
    return;
  }
  const button = form.querySelector("[data-busy]");
  button.textContent = button.dataset.busy;
  button.disabled = true;
});
// Back from the browser's cache the form is not busy any more.
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
