// The one place where text from the server becomes nodes.
import { gettext } from "./words.js";

const identity = { createHTML: (html) => html };
const policy = window.trustedTypes?.createPolicy("rivulet", identity) ?? identity;

/** A document of a same-origin answer. Its scripts never run. */
export function parse(html) {
  return new DOMParser().parseFromString(policy.createHTML(html), "text/html");
}

const range = document.createRange();

/** The nodes of what our own renderer made, which has no scripts and no images. A document for each would cost much more. */
export function fragment(html) {
  return range.createContextualFragment(policy.createHTML(html));
}

/** The sentence with which the server refused something, or one that says how far we got. */
export async function problemOf(response) {
  const body = await response.text();
  const isText = response.headers.get("Content-Type")?.startsWith("text/plain");
  const said = isText ? body : parse(body).querySelector("[data-problem]")?.textContent;
  return said?.trim() || gettext("The server could not take this just now. Try again in a moment.");
}
