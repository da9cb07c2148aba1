// Light, dark, or as the system has it: shown at once, and kept by the server for every browser of the person.
import { post } from "./session.js";

export class Theme {
  #switches;

  constructor(switches) {
    this.#switches = [...switches];
    for (const each of this.#switches) each.addEventListener("change", () => this.choose(each.value));
  }

  choose(theme) {
    document.documentElement.dataset.theme = theme;
    for (const each of this.#switches) each.checked = each.value === theme;
    post("/settings/theme/", { theme }).catch(() => {
      // Chosen for this page only.
    });
  }
}
