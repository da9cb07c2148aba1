// The title is a text field that looks like a title: Enter or leaving it renames, Escape takes it back.

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.target.id !== "title-text") return;
  event.target.value = event.target.defaultValue;
  event.target.blur();
});

document.addEventListener("focusout", ({ target }) => {
  if (target.id !== "title-text" || target.value === target.defaultValue) return;
  if (target.value.trim()) target.form.requestSubmit();
  else target.value = target.defaultValue;
});

// A reply that ended while somebody looked elsewhere shows on the tab.
document.addEventListener("rivulet:sidebar", ({ detail }) => {
  if (!document.hidden || !detail?.ended || detail.conversation !== transcript()?.dataset.conversation) return;
  document.documentElement.dataset.ended = "";
  show(transcript().dataset.title);
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !("ended" in document.documentElement.dataset)) return;
  delete document.documentElement.dataset.ended;
  show(transcript().dataset.title);
});

document.addEventListener("rivulet:shown", () => show(transcript().dataset.title));
document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  if (target.id === "title") show(document.getElementById("title-text").defaultValue);
});

function show(title) {
  document.title = `${"ended" in document.documentElement.dataset ? "● " : ""}${title} · Rivulet`;
  transcript().dataset.title = title;
  for (const place of document.querySelectorAll("#main [data-title]:not(#transcript), #delete [data-title]")) {
    place.textContent = title;
  }
  const input = document.getElementById("title-text");
  if (input === document.activeElement || input.defaultValue === title) return;
  input.defaultValue = title;
  input.value = title;
}

function transcript() {
  return document.getElementById("transcript");
}
