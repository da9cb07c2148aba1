// One file on its way to the server, told of as it goes. fetch() does not say how far it is.
import { problemOf } from "../shell/html.js";
import { refreshToken, signIn } from "../shell/session.js";
import { gettext } from "../shell/words.js";

const BUSY = [413, 429, 502, 503];
const TRIES = 4;
const PAUSE = 1500;

/** The server's answer as text. Throws an Error with a sentence for the person, or an AbortError. */
export async function upload(url, file, key, { signal, progress }) {
  for (let tries = 1, hasNewToken = false; ; tries++) {
    const response = await send(url, form(file, key), signal, progress);
    if (response?.ok) return response.text();
    if (response?.status === 401 && (await signIn())) continue;
    const isStale = response?.status === 403 && response.headers.has("X-CSRF-Failure");
    if (isStale && !hasNewToken && (hasNewToken = await refreshToken())) continue;
    // Large uploads are few at once; who is refused for that hears it as a broken connection.
    const mayHelp = !response || BUSY.includes(response.status);
    if (!mayHelp) throw new Error(await problemOf(response));
    if (tries === TRIES) throw new Error(gettext("The upload broke off. Remove it, and attach it again."));
    await pause(PAUSE * tries, signal);
  }
}

function form(file, key) {
  const data = new FormData();
  data.set("csrfmiddlewaretoken", document.querySelector('input[name="csrfmiddlewaretoken"]').value);
  data.set("key", key);
  data.set("file", file);
  return data;
}

/** A Response, or nothing where the connection broke. */
function send(url, data, signal, progress) {
  const request = new XMLHttpRequest();
  request.open("POST", url);
  request.setRequestHeader("HX-Request", "true");
  request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
  const stop = () => request.abort();
  signal.addEventListener("abort", stop, { once: true });
  return new Promise((resolve, reject) => {
    request.onload = () => resolve(answerOf(request));
    request.onerror = () => resolve(undefined);
    request.onabort = () => reject(signal.reason);
    if (signal.aborted) reject(signal.reason);
    else request.send(data);
  }).finally(() => signal.removeEventListener("abort", stop));
}

function answerOf(request) {
  const headers = { "Content-Type": request.getResponseHeader("Content-Type") ?? "text/html" };
  if (request.getResponseHeader("X-CSRF-Failure")) headers["X-CSRF-Failure"] = "1";
  return new Response(request.responseText, { status: request.status, headers });
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
