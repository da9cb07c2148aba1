/** A word for those who listen, when nothing else that changes says it. */
export function say(text) {
  const line = document.createElement("p");
  line.textContent = text;
  document.getElementById("announcer").replaceChildren(line);
}
