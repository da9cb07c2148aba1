// A connection that says nothing is as bad as none: a buffering proxy swallows the first frame, a dead network all others.

const FIRST = 1_200;
const QUIET = 35_000;

export class Silence {
  #timer;
  #given;
  heard = false;

  constructor(given) {
    this.#given = given;
    this.#timer = setTimeout(given, FIRST);
  }

  /** Something came. */
  broken() {
    this.heard = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#given, QUIET);
  }

  end() {
    clearTimeout(this.#timer);
  }
}
