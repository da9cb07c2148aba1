// Pages that show no conversation follow what concerns all of them.
import { Feed } from "./feed.js";

export class UserFeed {
  #cursor = "";
  #feed;

  constructor(urls) {
    this.#feed = new Feed(urls, () => this.#cursor, {
      began: () => {},
      frame: (frame) => this.#frame(frame),
      connected: () => {},
      gone: () => {},
      // Nothing here waits for it: whoever asks for something is asked to sign in.
      signedOut: () => false,
    });
    document.addEventListener("rivulet:signed-in", () => this.#feed.run());
    this.#feed.run();
  }

  #frame(frame) {
    this.#cursor = frame.cursor;
    // At first there is no cursor, which is a reset: the list is fetched once more, from after the place we follow from.
    if (frame.type === "conversation.changed" || frame.type === "reset") {
      document.dispatchEvent(new CustomEvent("rivulet:sidebar", { detail: frame }));
    }
  }
}
