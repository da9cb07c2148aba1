// Streams texts in pieces into a place, and tells where what comes out is not what was expected.
import { finished } from "./js/blocks/blocks.js";
import { render } from "./js/markdown/markdown.js";
import { ReplyText } from "./js/transcript/reply-text.js";
import { Smooth } from "./js/transcript/smooth.js";

const policy = trustedTypes.createPolicy("parity", { createHTML: (html) => html });

/** Each of `cuts` is a number of characters, or the places of the cuts. */
window.stream = (cases) => cases.flatMap((each) => each.cuts.map((cuts) => run(each, cuts)).filter(Boolean));

function run({ text, html }, cuts) {
  const place = document.createElement("div");
  document.body.replaceChildren(place);
  finished.length = 0;
  let fault = "";
  try {
    const reply = new ReplyText(place, "");
    for (const piece of pieces(text, cuts)) {
      reply.append(piece);
      reply.paint();
    }
    reply.finish();
    fault = compare(place, text, html);
  } catch (error) {
    fault = error.stack;
  }
  return fault ? { fault, cuts, text, shown: place.innerHTML, html } : null;
}

function compare(place, text, html) {
  const expected = new DOMParser().parseFromString(policy.createHTML(html), "text/html").body;
  if (place.innerHTML !== expected.innerHTML) return "not the server's HTML";
  if (![...place.childNodes].every((node, at) => node.isEqualNode(expected.childNodes[at]))) return "not the server's nodes";
  if (render(text) !== html) return "rendered whole it is not the server's HTML";
  if (![...place.querySelectorAll(":scope > :not(.plain)")].every((block) => finished.some(({ node }) => node === block))) return "a block was not finished";
  return stale(place, text);
}

/** Finished blocks stay what and where they are, unless a link is defined later. */
function stale(place, text) {
  if (text.includes("]:")) return "";
  const blocks = finished.filter(({ isBlock }) => isBlock);
  if (blocks.some(({ node }) => node.parentNode !== place)) return "a finished block was replaced";
  return blocks.some(({ node, html }) => node.outerHTML !== html) ? "a finished block was changed" : "";
}

function* pieces(text, cuts) {
  const places = typeof cuts === "number" ? Array.from({ length: text.length / cuts }, (_, at) => (at + 1) * cuts) : cuts;
  let from = 0;
  for (const cut of [...places, text.length]) {
    yield text.slice(from, cut);
    from = cut;
  }
}

/** What is shown after each letter. */
window.typed = (text) => {
  const place = document.createElement("div");
  document.body.replaceChildren(place);
  const reply = new ReplyText(place, "");
  return [...text].map((letter) => {
    reply.append(letter);
    reply.paint();
    return place.innerHTML;
  });
};

/** Milliseconds a piece, in the first and in the last tenth of a text. */
window.cost = (text, size) => {
  const place = document.createElement("div");
  document.body.replaceChildren(place);
  const reply = new ReplyText(place, "");
  const times = [...pieces(text, size)].map((piece) => {
    const began = performance.now();
    reply.append(piece);
    reply.paint();
    return performance.now() - began;
  });
  const tenth = Math.floor(times.length / 10);
  // Not the mean: what one piece waited for on a busy machine is not its cost.
  const median = (some) => some.toSorted((one, other) => one - other)[Math.floor(some.length / 2)];
  return { first: median(times.slice(tenth, 2 * tenth)), last: median(times.slice(-tenth)) };
};

/** Bursts of letters at certain milliseconds, and frames sixty times a second: how late each letter was shown, and how many at once. */
window.smooth = (bursts, letters) => {
  const waiting = new Smooth();
  const lags = [];
  const steps = [];
  const times = bursts.flatMap((at) => Array(letters).fill(at));
  for (let now = 0; now < 2_000; now += 1000 / 60) {
    while (bursts.length && bursts[0] <= now) waiting.add("turn", "x".repeat(letters), bursts.shift());
    const count = waiting.take(now).reduce((sum, { text }) => sum + text.length, 0);
    if (count) steps.push(count);
    for (let each = 0; each < count; each += 1) lags.push(now - times.shift());
  }
  return [lags, steps];
};

/** What is shown of pieces that come every 15 ms, looked at every 4. */
window.arrives = (pieces) => {
  const waiting = new Smooth();
  const taken = [];
  for (let now = 0; pieces.length || !waiting.isEmpty; now += 1) {
    if (now % 15 === 0 && pieces.length) waiting.add("turn", pieces.shift(), now);
    if (now % 4 === 0) taken.push(...waiting.take(now).map((each) => each.text));
  }
  return taken.join("");
};

window.cuts = (text) => {
  const waiting = new Smooth();
  waiting.add("turn", text, 0);
  const taken = [];
  for (let now = 0; !waiting.isEmpty; now += 4) taken.push(...waiting.take(now).map((each) => each.text));
  return taken;
};
