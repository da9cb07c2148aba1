// Work that many things ask for and that is done at most about once a second.

const SOON = 100;
const APART = 1_000;

/** `ask()` has `work` done soon, or once a second has passed since it was done last; never twice at a time. */
export function throttled(work) {
  let timer;
  let last = -APART;
  let isBusy = false;
  let again = false;
  const run = async () => {
    timer = undefined;
    last = performance.now();
    isBusy = true;
    try {
      await work();
    } finally {
      isBusy = false;
      if (again) ask();
      again = false;
    }
  };
  const ask = () => {
    if (isBusy) again = true;
    else timer ??= setTimeout(run, Math.max(SOON, last + APART - performance.now()));
  };
  return ask;
}
