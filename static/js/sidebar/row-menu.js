// The menu of one conversation in the sidebar: the server's own, fetched when it is asked for. Without it its link is a page.

const GAP = 4;

export class RowMenu {
  #panel;
  #opener;

  constructor(panel) {
    this.#panel = panel;
    document.addEventListener("click", (event) => this.#clicked(event));
    panel.addEventListener("beforetoggle", ({ newState }) => newState === "closed" && this.#closed());
    panel.addEventListener("htmx:afterRequest", ({ detail }) => this.#done(detail));
  }

  async #clicked(event) {
    const opener = event.target.closest("[data-menu]");
    if (!opener || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#opener = opener;
    this.#panel.replaceChildren();
    await window.htmx.ajax("GET", opener.href, { target: this.#panel });
    if (!this.#panel.firstElementChild || this.#opener !== opener) return;
    opener.setAttribute("aria-expanded", "true");
    this.#panel.showPopover();
    this.#place(opener.getBoundingClientRect());
    this.#panel.querySelector("summary, button").focus();
  }

  /** Beside what opened it, and wholly on the screen, also once a part of it is unfolded. */
  #place({ top, bottom, left, right }) {
    const { offsetWidth: width, offsetHeight: height } = this.#panel;
    const isRtl = getComputedStyle(this.#panel).direction === "rtl";
    const across = isRtl ? right - width : left;
    this.#panel.style.left = `${Math.max(GAP, Math.min(across, innerWidth - width - GAP))}px`;
    const isBelow = bottom + height * 1.5 < innerHeight;
    this.#panel.style.top = isBelow ? `${bottom + GAP}px` : "auto";
    this.#panel.style.bottom = isBelow ? "auto" : `${Math.min(innerHeight - top + GAP, innerHeight - height - GAP)}px`;
  }

  #closed() {
    this.#opener?.removeAttribute("aria-expanded");
    const opener = document.getElementById(this.#opener?.previousElementSibling?.id)?.nextElementSibling;
    if (this.#panel.contains(document.activeElement)) opener?.focus();
  }

  #done({ successful, requestConfig }) {
    if (!successful || requestConfig.verb !== "post") return;
    this.#panel.hidePopover();
    document.dispatchEvent(new CustomEvent("rivulet:sidebar"));
  }
}
