// What can go wrong with an htmx form: a stale token is renewed and a new sign-in asked for, then the form goes out again.
// Anything else is said aloud.
import { problemOf } from "../shell/html.js";
import { notify } from "../shell/notice.js";
import { refreshToken, signIn } from "../shell/session.js";
import { gettext } from "../shell/words.js";

const retried = new WeakSet();

document.addEventListener("htmx:responseError", async ({ detail: { xhr, elt, requestConfig } }) => {
  if (!(elt instanceof HTMLFormElement)) return;
  const isStale = xhr.status === 403 && xhr.getResponseHeader("X-CSRF-Failure");
  if (xhr.status === 401 || isStale) {
    if (await isMended(elt, xhr.status)) elt.requestSubmit(requestConfig.triggeringEvent?.submitter);
    return;
  }
  const headers = { "Content-Type": xhr.getResponseHeader("Content-Type") ?? "" };
  notify(await problemOf(new Response(xhr.responseText, { headers })));
});

async function isMended(form, status) {
  if (status === 401) return signIn();
  if (retried.has(form)) return false;
  retried.add(form);
  return refreshToken();
}

document.addEventListener("htmx:sendError", ({ detail: { elt } }) => {
  if (elt instanceof HTMLFormElement) notify(gettext("The server cannot be reached. Try again."));
});
