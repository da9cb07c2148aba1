// What is shown of a text whose end is still being typed: nothing that the next letters would take back.

// A line that may become an item, a heading, a rule, a fence, an underline or a quote.
const MARKERS = /^[ \t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+(?:\[[ xX]?\]?[ \t]?)?|>[ \t]?)*(?:[-+*_=]+|\d{1,9}[.)]?|#{1,6}|`{1,2}|`{3,}[^`]*|~{3,}.*|~|\$\$?|\\[[(]?|\|)?[ \t]*$/;
// The beginning of emphasis, code, a link, a formula, an entity.
const OPENERS = /(?:[*_~`$]+|\\|!?\[|!|<|&[#\w]{0,10})$/;
const ROW = /^([ \t>]*)\|(.*)$/;
const DELIMITERS = /^[ \t>]*\|?[-:| \t]*$/;
const BETWEEN_CELLS = /(?<!\\)\|/;

export function shown(text) {
  const start = text.lastIndexOf("\n") + 1;
  const [before, line] = [text.slice(0, start), text.slice(start)];
  const head = MARKERS.test(line) || DELIMITERS.test(line) ? headerAt(before) : headerAt(text);
  if (head) return head;
  return MARKERS.test(line) ? before : before + line.replace(OPENERS, "");
}

/** Where a text ends in what looks like the first line of a table, it is one, before the line that says so has come. */
function headerAt(text) {
  const end = text.endsWith("\n") ? text.length - 1 : text.length;
  const start = text.lastIndexOf("\n", end - 1) + 1;
  const row = ROW.exec(text.slice(start, end));
  if (!row || ROW.test(text.slice(text.lastIndexOf("\n", start - 2) + 1, Math.max(0, start - 1)))) return null;
  const [, indent, cells] = row;
  const count = cells.replace(/\|[ \t]*$/, "").split(BETWEEN_CELLS).length;
  return `${text.slice(0, end).replace(/\\$/, "")}\n${indent}${"|-".repeat(count)}|`;
}
