// Earlier messages come in above as the reader scrolls up to them. What is being read stays where it is.
import { parse } from "../shell/html.js";

const AHEAD = "800px 0px 0px 0px";

export class Earlier {
  #root;
  #scroller;
  #observer;
  #isLoading = false;

  constructor(root, scroller) {
    this.#root = root;
    this.#scroller = scroller;
    this.#observer = new IntersectionObserver((entries) => this.#seen(entries), { root: scroller, rootMargin: AHEAD });
    root.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("rivulet:shown", () => this.#watch());
    this.#watch();
  }

  get #link() {
    return this.#root.querySelector("[data-earlier]");
  }

  #watch() {
    this.#observer.disconnect();
    if (this.#link) this.#observer.observe(this.#link);
  }

  #seen(entries) {
    if (entries.some(({ isIntersecting }) => isIntersecting)) this.#load();
  }

  #clicked(event) {
    if (!event.target.closest("[data-earlier]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#load();
  }

  async #load() {
    const link = this.#link;
    if (this.#isLoading || !link) return;
    this.#isLoading = true;
    try {
      const { href } = link;
      const response = await fetch(href, { headers: { "HX-Request": "true" } });
      const fresh = response.ok && parse(await response.text()).querySelector("rivulet-live");
      // Only where the first message is still the one that these come before.
      if (fresh && this.#link?.href === href) this.#put(fresh);
    } catch {
      // The link is still there, and so is the next scroll.
    } finally {
      this.#isLoading = false;
    }
  }

  #put(fresh) {
    const messages = this.#root.querySelector(".messages");
    const first = messages.querySelector("article");
    const hadFocus = document.activeElement === this.#link;
    const before = first.getBoundingClientRect().top;
    this.#scroller.style.overflowAnchor = "none";
    first.before(...[...fresh.querySelectorAll("article")].map((article) => document.importNode(article, true)));
    this.#renew(fresh.querySelector("[data-earlier]"));
    window.htmx?.process(messages);
    this.#root.dispatchEvent(new CustomEvent("rivulet:shown", { bubbles: true, detail: { what: "earlier" } }));
    this.#scroller.scrollTop += first.getBoundingClientRect().top - before;
    this.#scroller.style.overflowAnchor = "";
    if (hadFocus) (this.#link ?? this.#scroller).focus({ preventScroll: true });
  }

  #renew(link) {
    if (link) this.#link.href = link.getAttribute("href");
    else this.#link.parentElement.remove();
  }
}
