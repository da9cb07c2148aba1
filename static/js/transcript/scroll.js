// Follows the end of the conversation until the reader turns back.

const NEAR = 24;
const BACKWARDS = ["PageUp", "ArrowUp", "Home"];

export class Scroll {
  #scroller;
  #jump;
  #isFollowing = true;
  #top = 0;
  #finger = 0;

  constructor(scroller, jump) {
    this.#scroller = scroller;
    this.#jump = jump;
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    scroller.addEventListener("wheel", ({ deltaY }) => deltaY < 0 && this.#letGo(), { passive: true });
    scroller.addEventListener("touchstart", ({ touches }) => (this.#finger = touches[0].clientY), { passive: true });
    scroller.addEventListener("touchmove", ({ touches }) => this.#dragged(touches[0].clientY), { passive: true });
    scroller.addEventListener("keydown", ({ key }) => BACKWARDS.includes(key) && this.#letGo());
    jump.addEventListener("click", () => this.#follow());
    document.addEventListener("rivulet:changed", ({ detail }) => detail?.sent && this.#follow());
    // What is observed has been laid out: to ask where the end is costs nothing then.
    const observer = new ResizeObserver(() => this.#stay());
    for (const each of [scroller, ...scroller.children]) observer.observe(each);
    const asked = location.hash.startsWith("#m-") && document.getElementById(location.hash.slice(1));
    if (asked) this.#goTo(asked);
    else this.#follow();
  }

  /** A link to one message: that is what is to be read. */
  #goTo(message) {
    this.#letGo();
    message.scrollIntoView({ block: "start" });
  }

  get #distance() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  #scrolled() {
    const isBack = this.#scroller.scrollTop < this.#top;
    this.#top = this.#scroller.scrollTop;
    if (this.#distance <= NEAR) this.#isFollowing = true;
    else if (isBack) this.#isFollowing = false;
    this.#show();
  }

  #dragged(finger) {
    if (finger > this.#finger) this.#letGo();
    this.#finger = finger;
  }

  #letGo() {
    if (this.#scroller.scrollTop > 0) this.#isFollowing = false;
  }

  #follow() {
    this.#isFollowing = true;
    this.#stay();
  }

  #stay() {
    if (this.#isFollowing) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#top = this.#scroller.scrollTop;
    this.#show();
  }

  #show() {
    this.#jump.hidden = this.#isFollowing || this.#distance <= NEAR;
  }
}
