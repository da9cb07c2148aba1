// Frames over a WebSocket. What comes back is why it ended, as in feed.js.
import { Silence } from "./silence.js";

const CLOSED = { 4401: "signed-out", 4404: "gone", 4408: "resume", 4012: "restart", 4429: "busy" };
const ACK_BYTES = 64 * 1024;
const ACK_MILLISECONDS = 1_000;

export function followSocket(path, after, { signal, receive }) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  url.searchParams.set("after", after);
  const socket = new WebSocket(url);
  const acks = new Acks(socket);
  return new Promise((resolve) => {
    const end = (why) => {
      silence.end();
      acks.end();
      socket.onmessage = socket.onclose = null;
      socket.close();
      resolve(why);
    };
    const silence = new Silence(() => end("silent"));
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      silence.broken();
      if (frame.type === "reconnect") return end("resume");
      receive(frame);
      return acks.note(frame.cursor, data.length);
    };
    socket.onclose = ({ code }) => end(CLOSED[code] ?? (silence.heard ? "cut" : "silent"));
    signal.addEventListener("abort", () => end("stopped"));
  });
}

/** Tells the server how far we have read, because it stops sending to those who do not read. */
class Acks {
  #socket;
  #cursor;
  #bytes = 0;
  #timer;

  constructor(socket) {
    this.#socket = socket;
  }

  note(cursor, bytes) {
    this.#cursor = cursor;
    this.#bytes += bytes;
    if (this.#bytes >= ACK_BYTES) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), ACK_MILLISECONDS);
  }

  #send() {
    this.end();
    this.#bytes = 0;
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify({ type: "ack", cursor: this.#cursor }));
    }
  }

  end() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
