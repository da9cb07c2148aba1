// The conversations in the sidebar: fetched again when the server says that something changed, and made equal to that.
import { parse } from "../shell/html.js";
import { reconcileChildren } from "../transcript/reconcile.js";
import { throttled } from "../live/throttle.js";

const OPEN = "rivulet:folders";

export class Listing {
  #list;
  #rows = 0;
  #asked = 0;

  constructor(list) {
    this.#list = list;
    const refresh = throttled(() => this.#refresh());
    document.addEventListener("rivulet:sidebar", refresh);
    list.addEventListener("toggle", ({ target }) => remember(target), { capture: true });
    list.addEventListener("click", (event) => this.#clicked(event));
    tellTimezone();
    this.#restore();
  }

  #clicked(event) {
    const more = event.target.closest("#sidebar-more");
    if (!more) return;
    event.preventDefault();
    this.#rows = Number(more.dataset.rows);
    this.#refresh();
  }

  /** Of two answers that are under way the later question's counts, whichever comes first. */
  async #refresh() {
    const asked = (this.#asked += 1);
    const url = new URL(this.#list.dataset.url, location.href);
    if (this.#rows) url.searchParams.set("rows", this.#rows);
    try {
      const response = await fetch(url, { headers: { "HX-Request": "true" } });
      const text = await response.text();
      if (response.ok && asked === this.#asked) this.#show(parse(text).body);
    } catch {
      // The next change asks again, and so does the connection once it is back.
    }
  }

  #show(fresh) {
    const focused = this.#list.contains(document.activeElement) ? document.activeElement.id : "";
    reconcileChildren(this.#list, fresh);
    this.#restore();
    // What moved to another place is another node there.
    if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus();
  }

  /** What this browser knows and the server does not: which page this is, and which folders are open. */
  #restore() {
    for (const link of this.#list.querySelectorAll("[data-conversation]")) {
      if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
    }
    const open = remembered();
    for (const folder of this.#list.querySelectorAll("[data-folder]")) {
      folder.open = open.includes(folder.dataset.folder) || Boolean(folder.querySelector("[aria-current]"));
    }
    document.dispatchEvent(new CustomEvent("rivulet:listed"));
  }
}

function remember({ dataset: { folder }, open }) {
  const others = remembered().filter((each) => each !== folder);
  try {
    localStorage.setItem(OPEN, JSON.stringify(open ? [...others, folder] : others));
  } catch {
    // Not remembered then.
  }
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(OPEN)) ?? [];
  } catch {
    return [];
  }
}

/** So that the server knows which conversations are from today. */
function tellTimezone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const cookie = `rivulet_timezone=${encodeURIComponent(zone)}`;
  if (zone && !document.cookie.includes(cookie)) document.cookie = `${cookie}; path=/; max-age=31536000; samesite=lax`;
}
