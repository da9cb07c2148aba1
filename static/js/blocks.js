// What is put onto rendered blocks afterwards, the same for streamed and for stored ones.

/** Idempotent: an element, a block of a reply or the whole of it, as it is shown when it is final. */
export function decorate(_element) {}
