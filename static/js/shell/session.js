// Commands as the signed-in person: with a CSRF token that is renewed when it went stale, and a way to sign in again
// without leaving the page.
import { problemOf } from "./html.js";
import { gettext } from "./words.js";

const TOKENS = 'input[name="csrfmiddlewaretoken"]';
let signingIn;

function token() {
  return document.querySelector(TOKENS)?.value ?? "";
}

function setToken(value) {
  for (const input of document.querySelectorAll(TOKENS)) input.value = value;
}

export async function refreshToken() {
  const response = await fetch("/accounts/token/", { headers: { Accept: "application/json" } });
  if (response.ok) setToken((await response.json()).token);
  return response.ok;
}

/** POST of a form's data. The answer is the server's last word, after a new token or a new sign-in where that helps. */
export async function post(url, data) {
  for (let hasNewToken = false; ; ) {
    const body = new URLSearchParams(data);
    body.set("csrfmiddlewaretoken", token());
    const response = await fetch(url, { method: "POST", body, headers: { "HX-Request": "true" } });
    if (response.status === 401 && (await signIn())) continue;
    const isStale = response.status === 403 && response.headers.has("X-CSRF-Failure");
    if (!isStale || hasNewToken || !(await refreshToken())) return response;
    hasNewToken = true;
  }
}

/** Asks for the password in place. False where the person would rather not. */
export function signIn() {
  signingIn ??= ask().finally(() => (signingIn = undefined));
  return signingIn;
}

function ask() {
  const dialog = document.getElementById("sign-in");
  const form = dialog.querySelector("form");
  const over = new AbortController();
  dialog.showModal();
  form.elements.password.focus();
  addEventListener("focus", () => lookAgain(dialog), { signal: over.signal });
  return new Promise((resolve) => {
    form.onsubmit = async (event) => {
      event.preventDefault();
      if (await tryToSignIn(form)) dialog.close("signed-in");
    };
    dialog.onclose = () => {
      over.abort();
      form.elements.password.value = "";
      resolve(dialog.returnValue === "signed-in");
      dialog.returnValue = "";
    };
  });
}

/** Somebody who comes back from another window may have signed in there. */
async function lookAgain(dialog) {
  const response = await fetch(location.href, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!response?.ok || !(await refreshToken())) return;
  dialog.close("signed-in");
  document.dispatchEvent(new CustomEvent("rivulet:signed-in"));
}

async function tryToSignIn(form) {
  const problem = form.querySelector(".form-problem");
  problem.hidden = true;
  try {
    await refreshToken();
    const body = new URLSearchParams(new FormData(form));
    const response = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
    if (response.ok) return welcome(await response.json());
    problem.textContent = await problemOf(response);
  } catch {
    problem.textContent = gettext("The server cannot be reached. Try again.");
  }
  problem.hidden = false;
  return false;
}

/** Somebody else has nothing to look for on this page. */
function welcome({ token: fresh, user }) {
  setToken(fresh);
  if (String(user) !== document.body.dataset.user) location.assign("/");
  document.dispatchEvent(new CustomEvent("rivulet:signed-in"));
  return true;
}
