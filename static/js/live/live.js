// <rivulet-live> follows its conversation. Whatever it cannot place for certain makes it fetch the transcript again.
import { Bar } from "./bar.js";
import { isSameHistory, standing } from "./cursor.js";
import { Feed } from "./feed.js";
import { fetched } from "./fetched.js";
import { leave } from "../shell/notice.js";
import { backoff, pause, spread } from "./pause.js";
import { signIn } from "../shell/session.js";
import { Transcript } from "../transcript/transcript.js";
import { gettext } from "../shell/words.js";

const FRAMES_ARE_COMING = 400;
const LISTENING = 500;

class RivuletLive extends HTMLElement {
  #transcript;
  #feed;
  #bar = new Bar();
  #seen = "";
  #held = [];
  #isReloading = false;
  #again = false;
  #reloadedAt = 0;
  /** Turns that we have looked for. Those that are still not shown are being made in another branch. */
  #elsewhere = new Set();
  // Types that are not here are of no concern to this page, or newer than it.
  #takes = {
    "turn.started": ({ turn }) => this.#transcript.mark(turn, { status: "running" }),
    "turn.waiting": (frame) => this.#wait(frame),
    delta: ({ turn, text }) => this.#transcript.append(turn, text),
    reasoning: (frame) => this.#step(frame),
    "reasoning.ended": ({ turn }) => this.#lookAt(turn),
    "tool.call": (frame) => this.#step(frame),
    "tool.result": ({ turn }) => this.#lookAt(turn),
    "turn.finished": (frame) => this.#finish(frame),
    "message.changed": () => this.#reload(),
    "conversation.changed": (frame) => this.#changed(frame),
  };

  connectedCallback() {
    if (this.#feed) return;
    this.#transcript = new Transcript(this);
    this.#feed = new Feed(this.dataset, () => this.#transcript.cursor, {
      began: (cursor) => this.#began(cursor),
      frame: (frame) => this.#frame(frame),
      connected: (isConnected) => this.#bar.set(isConnected),
      gone: () => leave(gettext("This conversation was deleted.")),
      signedOut: () => this.#reload(),
    });
    document.addEventListener("rivulet:changed", () => this.#changedByUs());
    document.addEventListener("rivulet:signed-in", () => this.#feed.restart());
    if ("past" in this.dataset) this.#reload();
    this.#run();
  }

  async #run() {
    await this.#feed.run();
    this.#bar.set(true);
    document.addEventListener("rivulet:signed-in", () => this.#run(), { once: true });
  }

  #began(cursor) {
    this.#seen = cursor;
    this.#held = [];
    // What concerns other conversations has no place in this log: look, once there is surely somebody who listens.
    setTimeout(() => this.#sidebar(), LISTENING);
  }

  /** A frame says what the log holds after the frame before it, up to its own cursor. */
  #frame(frame) {
    const from = this.#seen;
    this.#seen = frame.cursor;
    this.#holdOrPlace(from, frame);
  }

  #place(from, frame) {
    if (frame.type === "reset") return this.#startOver();
    if (frame.type === "conversation.changed") this.#sidebar(frame);
    const where = standing(from, frame.cursor, this.#transcript.cursor);
    if (where === "old" || frame.type === "heartbeat") return undefined;
    if (where === "unrelated") return this.#feed.restart();
    this.#take(from, frame);
    return this.#transcript.reach(frame.cursor);
  }

  #take(from, frame) {
    const take = this.#takes[frame.type];
    const stands = frame.turn ? this.#transcript.standing(from, frame) : "next";
    if (!take || stands === "old") return;
    if (stands === "across") this.#lookAt(frame.turn);
    else if (!frame.turn || this.#transcript.knows(frame.turn)) take(frame);
    else if (!this.#elsewhere.has(frame.turn)) this.#lookFor(frame.turn);
  }

  /** Once is enough: whatever brings it into what is shown later says so by a frame of its own. */
  #lookFor(turn) {
    this.#elsewhere.add(turn);
    this.#reload();
  }

  #changed({ deleted }) {
    if (!deleted) return this.#reload();
    this.#feed.stop();
    return leave(gettext("This conversation was deleted."));
  }

  #wait({ turn, seconds, before }) {
    const isInLine = typeof before === "number";
    this.#transcript.mark(turn, isInLine ? { before } : { waitUntil: String(Date.now() + seconds * 1000) });
  }

  #step(frame) {
    if (!this.#transcript.extend(frame)) this.#lookAt(frame.turn);
  }

  /** One message as it is by now. Frames wait meanwhile; what they say of it is in it already, up to its own cursor. */
  #lookAt(turn) {
    return this.#holding(async () => {
      const fresh = await fetched(this.#transcript.article(turn).dataset.url, "article");
      const isOurs = fresh instanceof Element && isSameHistory(fresh.dataset.at, this.#transcript.cursor);
      if (!isOurs || this.#again) return this.#fetchTranscript();
      this.#transcript.replaceMessage(fresh);
      return true;
    });
  }

  async #finish({ turn, status }) {
    this.#transcript.mark(turn, { status });
    this.#sidebar();
    const fresh = await fetched(this.#transcript.article(turn).dataset.url, "article");
    if (fresh instanceof Element) this.#transcript.replaceMessage(fresh);
    else await this.#reload();
  }

  #sidebar(frame) {
    document.dispatchEvent(new CustomEvent("rivulet:sidebar", { detail: frame }));
  }

  /** What we asked for is done. The frames usually say so themselves; where they do not, look. */
  async #changedByUs() {
    const asked = performance.now();
    if (this.#bar.isConnected) await pause(FRAMES_ARE_COMING);
    if (!this.#bar.isConnected || this.#reloadedAt < asked - FRAMES_ARE_COMING) await this.#reload();
  }

  /** Whatever has lost our history may have lost everybody's: they must not all ask at once. */
  async #startOver() {
    await this.#holding(() => spread().then(() => this.#fetchTranscript()));
    this.#feed.restart();
  }

  /** True once the transcript is the server's; false where there is nothing to follow any more. */
  #reload() {
    return this.#holding(() => this.#fetchTranscript());
  }

  /** Frames that come while `fetching` is under way are placed after it. */
  async #holding(fetching) {
    if (this.#isReloading) {
      this.#again = true;
      return true;
    }
    this.#isReloading = true;
    this.#again = false;
    try {
      return await fetching();
    } finally {
      this.#isReloading = false;
      const held = this.#held;
      this.#held = [];
      for (const [from, frame] of held) this.#holdOrPlace(from, frame);
    }
  }

  #holdOrPlace(from, frame) {
    if (this.#isReloading) this.#held.push([from, frame]);
    else this.#place(from, frame);
  }

  async #fetchTranscript() {
    for (let tries = 0; ; tries += 1) {
      this.#again = false;
      const { first } = this.#transcript;
      const fresh = await fetched(`${this.dataset.url}${first && `?from=${first}`}`, "rivulet-live");
      if (fresh === 404) return leave(gettext("This conversation was deleted."));
      if (fresh === 401 && !(await signIn())) return false;
      if (fresh instanceof Element) {
        // Earlier messages came in above meanwhile: the answer says nothing of them.
        if (first !== this.#transcript.first) continue;
        this.#reloadedAt = performance.now();
        this.#transcript.replace(fresh);
        if (!this.#again) return true;
      } else if (fresh !== 401) {
        await pause(backoff(tries));
      }
    }
  }
}

customElements.define("rivulet-live", RivuletLive);
