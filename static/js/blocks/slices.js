// Work that can wait, a few milliseconds at a time, so that typing, scrolling and the text that comes in never do.

const SLICE = 8;
const LATEST = { timeout: 250 };
const waiting = [];
let isPlanned = false;

/** `job` is an iterator; each of its steps is short. */
export function later(job) {
  waiting.push(job);
  plan();
}

function plan() {
  if (isPlanned) return;
  isPlanned = true;
  if (window.requestIdleCallback) requestIdleCallback(work, LATEST);
  else setTimeout(work);
}

function work() {
  isPlanned = false;
  const end = performance.now() + SLICE;
  try {
    while (waiting.length && performance.now() < end) {
      if (waiting[0].next().done) waiting.shift();
    }
  } catch (error) {
    waiting.shift();
    throw error;
  } finally {
    if (waiting.length) plan();
  }
}
