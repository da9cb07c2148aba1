// Frames by long polling: one question at a time, which the server holds until it has something to say.
import { pause } from "./pause.js";
import { REFUSED } from "./sse.js";

const LONGEST = 45_000;
const FIRST = 5_000;
const LOOKS_ALIVE = 500;
const PACE = 150;

export async function followPoll(path, after, { signal, receive, alive, isProven }) {
  const url = new URL(path, location.href);
  url.searchParams.set("after", after);
  // The first question is answered at once: only of who has answered can silence mean that there is nothing to say.
  if (!isProven) url.searchParams.set("hold", "no");
  const held = isProven ? setTimeout(alive, LOOKS_ALIVE) : undefined;
  try {
    const either = AbortSignal.any([signal, AbortSignal.timeout(isProven ? LONGEST : FIRST)]);
    const response = await fetch(url, { signal: either, headers: { Accept: "application/json" } });
    if (!response.ok) return REFUSED[response.status] ?? "silent";
    const { events } = await response.json();
    alive();
    for (const frame of events) {
      if (frame.type !== "reconnect") receive(frame);
    }
    // Some tokens together, rather than a request for each.
    if (events.length) await pause(PACE, signal);
    return "resume";
  } catch {
    return signal.aborted ? "stopped" : "silent";
  } finally {
    clearTimeout(held);
  }
}
