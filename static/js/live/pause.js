// Waiting, with an end to it.

/** Resolves after `milliseconds`, or as soon as `signal` is aborted. */
export function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Up to 2 s by chance, so that many browsers do not ask at once for what all of them have lost. */
export const spread = () => pause(Math.random() * 2_000);

/** 0.25 s, doubling to 10 s, somewhere in the upper half so that many browsers do not come back at once. */
export function backoff(tries) {
  return Math.min(10_000, 250 * 2 ** tries) * (0.5 + Math.random() / 2);
}
