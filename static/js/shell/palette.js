// One box to find conversations and to do things, without the mouse. A combobox: the keyboard stays in the text field.
import { ACTIONS, isThere, keyNames, run } from "./actions.js";
import { parse } from "./html.js";
import { fill, gettext, ngettext } from "./words.js";

const PAUSE = 150;
const MOST = 8;
const dialog = document.getElementById("palette");
const box = dialog.querySelector("input");
const list = dialog.querySelector("[role=listbox]");
const said = dialog.querySelector("[role=status]");
let asked;
let timer;

export function look() {
  clearTimeout(timer);
  asked?.abort();
  const text = box.value.trim();
  show(matching(text), text ? titled(text) : recent());
  if (text) timer = setTimeout(() => ask(text), PAUSE);
}

box.addEventListener("input", look);

box.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) move(step);
  else if (event.key === "Enter" && !event.isComposing) chosen()?.click();
  else return;
  event.preventDefault();
});

/** What the server finds in titles and in texts comes after what the page knows by itself. */
async function ask(text) {
  asked = new AbortController();
  const url = `${dialog.dataset.search}?${new URLSearchParams({ q: text })}`;
  const response = await fetch(url, { headers: { "HX-Request": "true" }, signal: asked.signal }).catch(() => null);
  if (!response?.ok || !dialog.open) return;
  const links = [...parse(await response.text()).querySelectorAll(".found-link:not(.found-hit)")];
  show(matching(text), unique([...titled(text), ...links.map(conversation)]));
}

const fits = (label, text) => label.toLocaleLowerCase().includes(text.toLocaleLowerCase());

function matching(text) {
  return ACTIONS.filter((action) => action.press !== "[data-palette]" && fits(action.label, text) && isThere(action));
}

const linked = () => [...document.querySelectorAll("#sidebar-list a[data-conversation]")].map(conversation);
const recent = () => linked().slice(0, MOST);
const titled = (text) => linked().filter(({ label }) => fits(label, text));

function conversation(link) {
  const title = link.querySelector(".found-title, .truncate") ?? link;
  return { label: title.textContent.trim(), url: link.getAttribute("href") };
}

function unique(found) {
  return [...new Map(found.map((each) => [new URL(each.url, location).pathname, each])).values()];
}

function show(actions, conversations) {
  const some = conversations.slice(0, MOST).map((each) => option(each, () => location.assign(each.url)));
  const things = actions.map((action) => option(action, () => act(action)));
  const groups = [group(gettext("Conversations"), some), group(gettext("Commands"), things)];
  list.replaceChildren(...(box.value ? groups : groups.reverse()).filter(Boolean));
  choose(list.querySelector("[role=option]"));
  const count = some.length + things.length;
  said.textContent = count ? fill(ngettext("%(count)s entry", "%(count)s entries", count), { count }) : gettext("Nothing found.");
}

function group(name, options) {
  if (!options.length) return null;
  const element = document.createElement("div");
  const heading = document.createElement("div");
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", name);
  heading.className = "palette-heading";
  heading.setAttribute("aria-hidden", "true");
  heading.textContent = name;
  element.append(heading, ...options);
  return element;
}

function option({ label, keys }, take) {
  const element = document.createElement("div");
  const name = document.createElement("span");
  element.setAttribute("role", "option");
  name.className = "truncate";
  name.dir = "auto";
  name.textContent = label;
  element.append(name);
  if (keys) {
    const kbd = document.createElement("kbd");
    kbd.textContent = keyNames(keys).join(" ");
    element.append(kbd);
  }
  element.addEventListener("click", take);
  return element;
}

function act(action) {
  dialog.close();
  run(action);
}

const chosen = () => list.querySelector("[aria-selected=true]");

function move(step) {
  const options = [...list.querySelectorAll("[role=option]")];
  if (options.length) choose(options.at((options.indexOf(chosen()) + step) % options.length));
}

function choose(element) {
  for (const [at, each] of [...list.querySelectorAll("[role=option]")].entries()) {
    each.id = `palette-${at}`;
    each.setAttribute("aria-selected", String(each === element));
  }
  if (element) box.setAttribute("aria-activedescendant", element.id);
  else box.removeAttribute("aria-activedescendant");
  element?.scrollIntoView({ block: "nearest" });
}
