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

/** What the server said where it refused something, or that it said nothing. `[data-what]` is that without when to try again. */
export async function problemOf(response, part = "[data-problem]") {
  const body = await response.text();
  const isText = response.headers.get("Content-Type")?.startsWith("text/plain");
  const said = isText ? body : parse(body).querySelector(part)?.textContent;
  return said?.trim() || gettext("The server could not take this just now. Try again in a moment.");
}
