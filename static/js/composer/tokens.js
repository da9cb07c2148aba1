// How many tokens a text takes, estimated: the rule of chat/budget/estimate.py, in twelfths of a token for each kind of character.
const KINDS = [
  [/[0-9]/g, 4],
  [/[\n!-/:-@[-`{-~]/g, 6],
  [/[\u1100-\u11FF\u2E80-\u9FFF\uA960-\uA97F\uAC00-\uD7FF\uF900-\uFAFF\uFF00-\uFFEF]/g, 12],
  [/[\uD800-\uDBFF][\uDC00-\uDFFF]/g, 24],
];
const LETTER = 3;
const FOREIGN = 6;
const WHOLE = 12;

export function tokensOf(text) {
  let [rest, parts] = [text.length, 0];
  for (const [kind, weight] of KINDS) {
    const found = text.match(kind) ?? [];
    parts += found.length * weight;
    rest -= found.length * (weight === 24 ? 2 : 1);
  }
  const letters = text.match(/[\x00-\x09\x0B-\x20A-Za-z\x7F]/g)?.length ?? 0;
  return Math.ceil((parts + letters * LETTER + (rest - letters) * FOREIGN) / WHOLE);
}
