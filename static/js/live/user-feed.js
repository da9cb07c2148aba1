// Pages that show no conversation follow what concerns all of them.
import { Feed } from "./feed.js";
import { spread } from "./pause.js";

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

  async #frame(frame) {
    const isFirst = !this.#cursor;
    this.#cursor = frame.cursor;
    // At first there is no cursor, which is a reset: the list is fetched once more, from after the place we follow from.
    // Later it is everybody's, who must not all ask at once.
    if (frame.type === "reset" && !isFirst) await spread();
    if (frame.type === "conversation.changed" || frame.type === "reset") {
      document.dispatchEvent(new CustomEvent("rivulet:sidebar", { detail: frame }));
    }
  }
}
