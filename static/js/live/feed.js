// Keeps one connection to the conversation's events: resumes it, and goes to the next transport where one is blocked.
import { backoff, pause } from "./pause.js";
import { followPoll } from "./poll.js";
import { followSocket } from "./socket.js";
import { followEvents } from "./sse.js";

const POLL = 2;
const LASTED = 5_000;
const TRY_BETTER_AFTER = 5 * 60_000;
const AWAY = 5_000;
const HASTE = 200;

export class Feed {
  #transports;
  #cursor;
  #on;
  #at = 0;
  #tries = 0;
  #began = 0;
  #proven = new Set();
  #steppedDown = 0;
  #connection = new AbortController();
  #over = false;
  #hiddenSince = 0;
  #why = "";

  /** `urls` of socket, events and poll; `cursor()` to resume from; `on` is told of frames and of the connection's state. */
  constructor(urls, cursor, on) {
    this.#transports = [
      [followSocket, urls.socket],
      [followEvents, urls.events],
      [followPoll, urls.poll],
    ];
    this.#cursor = cursor;
    this.#on = on;
    addEventListener("online", () => this.restart());
    addEventListener("pageshow", ({ persisted }) => persisted && this.restart());
    document.addEventListener("visibilitychange", () => this.#visibilityChanged());
  }

  /** Runs until the conversation is gone or the person is signed out for good. */
  async run() {
    this.#over = false;
    while (!this.#over) {
      await this.#turnToVisible();
      this.#why = await this.#connect();
      await this.#next(this.#why);
    }
  }

  /** Connect anew, from the cursor as it is now. */
  restart() {
    this.#tries = 0;
    this.#connection.abort();
  }

  stop() {
    this.#over = true;
    this.#connection.abort();
  }

  async #connect() {
    const [follow, path] = this.#transports[this.#at];
    this.#began = performance.now();
    const alive = () => {
      this.#proven.add(this.#at);
      this.#on.connected(true);
    };
    this.#connection = new AbortController();
    const after = this.#cursor();
    this.#on.began(after);
    const receive = (frame) => {
      alive();
      this.#on.frame(frame);
    };
    const why = await follow(path, after, {
      signal: this.#connection.signal,
      receive,
      alive,
      isProven: this.#why === "resume",
    });
    if (performance.now() - this.#began > LASTED) this.#tries = 0;
    return why;
  }

  async #next(why) {
    if (why === "resume" || why === "stopped") return this.#goOn(why);
    this.#on.connected(false);
    if (why === "gone") return this.#end(this.#on.gone);
    if (why === "signed-out" && !(await this.#on.signedOut())) return this.stop();
    if (why === "restart") return this.#rest(Math.random() * 1_000);
    if (why === "busy" && this.#at < POLL) return this.#stepTo(POLL);
    if (["cut", "signed-out"].includes(why) || this.#deservesAnotherTry()) return this.#rest(backoff(this.#tries++));
    if (why === "silent" && this.#at < POLL) return this.#stepTo(this.#at + 1);
    if (why === "silent") this.#at = 0;
    return this.#rest(backoff(this.#tries++));
  }

  /** What has worked on this page is not given up for a single refusal: servers restart. */
  #deservesAnotherTry() {
    return this.#proven.has(this.#at) && this.#tries === 0;
  }

  #stepTo(transport) {
    this.#at = transport;
    this.#steppedDown = Date.now();
  }

  /** At once, but not in a circle: whatever makes us connect anew may still be there. */
  #goOn(why) {
    if (this.#at > 0 && Date.now() - this.#steppedDown > TRY_BETTER_AFTER) this.#stepTo(0);
    const isHasty = why === "stopped" && performance.now() - this.#began < HASTE;
    return isHasty ? this.#rest(HASTE) : undefined;
  }

  #rest(milliseconds) {
    this.#connection = new AbortController();
    return pause(milliseconds, this.#connection.signal);
  }

  #end(tell) {
    this.stop();
    tell();
  }

  /** Browsers allow six HTTP connections to a server: hidden tabs let go of theirs, a WebSocket does not count. */
  async #turnToVisible() {
    while (document.hidden && this.#at > 0 && !this.#over) {
      this.#connection = new AbortController();
      await pause(60_000, this.#connection.signal);
    }
  }

  #visibilityChanged() {
    if (document.hidden) {
      this.#hiddenSince = Date.now();
      if (this.#at > 0) this.#connection.abort();
    } else if (this.#at > 0 || Date.now() - this.#hiddenSince > AWAY) {
      this.restart();
    }
  }
}
