// What can be done from the keyboard and from the palette. An action is there where the thing it presses is on the page.
import { gettext } from "./words.js";

const find = (selector) => [...document.querySelectorAll(selector)].at(-1);

/** `keys` are pressed together; "Mod" is ⌘ on a Mac and Ctrl elsewhere. `press` is clicked, `focus` gets the keyboard. */
export const ACTIONS = [
  { label: gettext("Search and commands"), keys: "Mod+K", press: "[data-palette]" },
  { label: gettext("New chat"), keys: "Mod+Shift+O", press: ".sidebar-new" },
  { label: gettext("Temporary chat"), press: '.options input[name="temporary"]' },
  { label: gettext("Go to the message box"), keys: "Shift+Escape", focus: "#text" },
  { label: gettext("Stop the reply"), keys: "Escape", press: "button[data-stop]:not([hidden])" },
  { label: gettext("Copy the last reply"), keys: "Mod+Shift+C", press: 'article[data-role="assistant"] [data-copy]' },
  { label: gettext("Regenerate the last reply"), press: 'article[data-role="assistant"] [data-regenerate]' },
  { label: gettext("Switch the model"), press: "[data-models]" },
  { label: gettext("Rename"), focus: "#title-text" },
  { label: gettext("Settings of this conversation"), press: '.topbar a[href$="/settings/"]' },
  { label: gettext("Share…"), press: '.topbar a[href$="/shares/"]' },
  { label: gettext("Export as Markdown"), press: '.topbar a[href$="format=markdown"]' },
  { label: gettext("Export as JSON"), press: '.topbar a[href$="format=json"]' },
  { label: gettext("Print"), press: '.topbar a[href$="/print/"]' },
  { label: gettext("Delete"), keys: "Mod+Shift+Backspace", press: "[data-delete]" },
  { label: gettext("Show or hide the sidebar"), keys: "Mod+Shift+S", press: "[data-sidebar-toggle]" },
  { label: gettext("Theme: as the system"), press: '.theme input[value=""]' },
  { label: gettext("Theme: light"), press: '.theme input[value="light"]' },
  { label: gettext("Theme: dark"), press: '.theme input[value="dark"]' },
  { label: gettext("Manage conversations"), press: '#sidebar a[href$="/conversations/manage/"]' },
  { label: gettext("Settings"), keys: "Mod+,", press: "[data-settings]" },
  { label: gettext("Keyboard shortcuts"), keys: "?", press: "[data-shortcuts]" },
];

export const isThere = ({ press, focus }) => Boolean((press && find(press)) || (focus && find(focus)));

/** Whether there was something to do. */
export function run({ press, focus }) {
  const button = press && find(press);
  if (button) {
    button.click();
    return true;
  }
  const field = focus && find(focus);
  field?.focus();
  if (field?.id === "title-text") field.select();
  return Boolean(field);
}

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
const NAMES = isMac
  ? { Mod: "⌘", Shift: "⇧", Escape: "esc", Backspace: "⌫" }
  : { Mod: gettext("Ctrl"), Shift: gettext("Shift"), Escape: gettext("Esc"), Backspace: gettext("Backspace") };

/** The keys one by one, as they are written on the keyboard. */
export const keyNames = (keys) => keys.split("+").map((key) => NAMES[key] ?? key);

/** Whether this press of a key is those keys. A letter is meant by its place where the keyboard writes no Latin. */
export function isPress(event, keys) {
  const wanted = keys.split("+");
  const name = wanted.at(-1);
  const isLetter = /^[A-Z]$/.test(name);
  const pressed = isLetter && !/^[a-z]$/i.test(event.key) ? event.code.replace("Key", "") : event.key;
  const hasMod = isMac ? event.metaKey : event.ctrlKey;
  const isSame = isLetter ? pressed.toUpperCase() === name : pressed === name;
  const shift = /^[A-Z]/.test(name) ? event.shiftKey === wanted.includes("Shift") : true;
  return isSame && shift && hasMod === wanted.includes("Mod") && !event.altKey;
}
