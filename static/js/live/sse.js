// Frames over Server-Sent Events, read by fetch: unlike EventSource it says with which status it was refused.
import { Silence } from "./silence.js";

export const REFUSED = { 401: "signed-out", 404: "gone", 429: "busy" };

export async function followEvents(path, after, { signal, receive }) {
  const own = new AbortController();
  const silence = new Silence(() => own.abort("silent"));
  signal.addEventListener("abort", () => own.abort("stopped"));
  try {
    const url = new URL(path, location.href);
    url.searchParams.set("after", after);
    const response = await fetch(url, { signal: own.signal, headers: { Accept: "text/event-stream" } });
    if (!response.ok) return REFUSED[response.status] ?? "silent";
    for await (const frame of frames(response.body)) {
      silence.broken();
      if (frame.type === "reconnect") return "resume";
      receive(frame);
    }
    return silence.heard ? "cut" : "silent";
  } catch {
    if (own.signal.aborted) return own.signal.reason;
    return silence.heard ? "cut" : "silent";
  } finally {
    silence.end();
    own.abort("stopped");
  }
}

async function* frames(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = event.split("\n").find((line) => line.startsWith("data:"));
      if (data) yield JSON.parse(data.slice(5));
    }
  }
}
