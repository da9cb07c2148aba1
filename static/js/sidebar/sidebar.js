// The list of conversations: beside the page where there is room, a drawer over it on a phone.

const PHONE = matchMedia("(width < 48rem)");
const EDGE = 24;
const SWIPE = 48;

export class Sidebar {
  #root = document.documentElement;
  #sidebar;
  #scrim;
  #toggle;
  #touch;

  constructor(sidebar, scrim, toggle) {
    this.#sidebar = sidebar;
    this.#scrim = scrim;
    this.#toggle = toggle;
    toggle.addEventListener("click", () => this.#flip());
    scrim.addEventListener("click", () => this.#drawer(false));
    document.addEventListener("keydown", (event) => this.#pressed(event));
    document.addEventListener("touchstart", ({ touches }) => (this.#touch = touches[0]), { passive: true });
    document.addEventListener("touchend", ({ changedTouches }) => this.#swiped(changedTouches[0]), { passive: true });
    PHONE.addEventListener("change", () => this.#drawer(false));
    this.#describe();
  }

  get #isOpen() {
    return PHONE.matches ? this.#root.dataset.drawer === "open" : this.#root.dataset.sidebar !== "closed";
  }

  #flip() {
    if (PHONE.matches) this.#drawer(!this.#isOpen);
    else this.#collapse(this.#isOpen);
  }

  #collapse(isClosed) {
    if (isClosed) this.#root.dataset.sidebar = "closed";
    else delete this.#root.dataset.sidebar;
    try {
      localStorage.setItem("rivulet:sidebar", isClosed ? "closed" : "open");
    } catch {
      // Not remembered then.
    }
    this.#describe();
  }

  #drawer(isOpen) {
    const wasOpen = this.#root.dataset.drawer === "open";
    if (isOpen) this.#root.dataset.drawer = "open";
    else delete this.#root.dataset.drawer;
    this.#scrim.hidden = !isOpen;
    this.#describe();
    if (isOpen) this.#sidebar.querySelector("a").focus();
    else if (wasOpen) this.#toggle.focus();
  }

  /** A closed sidebar is nowhere for the keyboard either; an open drawer is all there is. */
  #describe() {
    this.#toggle.setAttribute("aria-expanded", String(this.#isOpen));
    this.#sidebar.inert = !this.#isOpen;
    document.querySelector(".page").inert = PHONE.matches && this.#isOpen;
  }

  #pressed(event) {
    if (event.key !== "Escape" || !PHONE.matches || !this.#isOpen) return;
    event.preventDefault();
    this.#flip();
  }

  #swiped(end) {
    const start = this.#touch;
    if (!start || !PHONE.matches) return;
    const [across, along] = [end.clientX - start.clientX, Math.abs(end.clientY - start.clientY)];
    if (Math.abs(across) < SWIPE || along > Math.abs(across)) return;
    if (across > 0 && start.clientX <= EDGE) this.#drawer(true);
    else if (across < 0 && this.#isOpen) this.#drawer(false);
  }
}
