// The sheet that lists the keys.
import { ACTIONS, keyNames } from "./actions.js";

export function open() {
  const sheet = document.getElementById("shortcuts");
  const list = sheet.querySelector("dl");
  if (!list.firstChild) list.append(...ACTIONS.filter(({ keys }) => keys).map(line));
  sheet.showModal();
}

function line({ label, keys }) {
  const line = document.createElement("div");
  const name = document.createElement("dt");
  const value = document.createElement("dd");
  name.textContent = label;
  value.append(...keyNames(keys).map(key));
  line.append(name, value);
  return line;
}

function key(name) {
  const element = document.createElement("kbd");
  element.textContent = name;
  return element;
}
