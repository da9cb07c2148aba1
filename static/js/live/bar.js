// The thin bar that says that the connection is lost. Short gaps are nobody's business.

const SHOW_AFTER = 1_000;

export class Bar {
  #element = document.getElementById("connection");
  #timer;
  isConnected = false;

  set(isConnected) {
    if (isConnected && this.isConnected) return;
    this.isConnected = isConnected;
    if (isConnected) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#element.hidden = true;
    } else {
      this.#timer ??= setTimeout(() => (this.#element.hidden = false), SHOW_AFTER);
    }
  }
}
