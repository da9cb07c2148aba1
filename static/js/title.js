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

document.addEventListener("rivulet:shown", () => show(document.getElementById("transcript").dataset.title));
document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  if (target.id === "title") show(document.getElementById("title-text").defaultValue);
});

function show(title) {
  document.title = `${title} · Rivulet`;
  document.getElementById("transcript").dataset.title = title;
  for (const place of document.querySelectorAll("#main [data-title]:not(#transcript), #delete [data-title]")) {
    place.textContent = title;
  }
  const input = document.getElementById("title-text");
  if (input === document.activeElement || input.defaultValue === title) return;
  input.defaultValue = title;
  input.value = title;
}
