// How a block of a reply sounds: its words, and in place of what nobody can follow by ear, what it is.
import { fill, ngettext } from "../shell/words.js";

const SILENT = ".code-tools, .diagram, [aria-hidden=true]";

/** The top-level blocks of rendered texts after the first `known`, as `{ text, isWhole }`. Only the last can still grow. */
export function spoken(places, known, isActive) {
  const blocks = places.flatMap((place) => [...place.childNodes]).filter((node) => node.textContent.trim()).slice(known);
  return blocks.map((block, at) => {
    const isWhole = !isActive || at < blocks.length - 1;
    return { text: sound(block, isWhole), isWhole };
  });
}

function sound(block, isWhole) {
  if (block.nodeType === Node.TEXT_NODE) return tidy(block.data);
  if (block.matches("pre")) return isWhole ? code(block) : "";
  if (block.matches("table")) return isWhole ? table(block) : "";
  if (block.matches("ul, ol")) return [...block.children].map((item) => sentence(words(item))).join(" ");
  return isWhole ? sentence(words(block)) : words(block);
}

function words(element) {
  const copy = element.cloneNode(true);
  for (const math of copy.querySelectorAll(".math[data-tex]")) math.textContent = math.dataset.tex;
  for (const pre of copy.querySelectorAll("pre")) pre.textContent = ` ${code(pre)} `;
  for (const silent of copy.querySelectorAll(SILENT)) silent.remove();
  for (const item of copy.querySelectorAll("li, p")) item.append(" ");
  return tidy(copy.textContent);
}

function code(pre) {
  const content = pre.querySelector("code")?.textContent ?? pre.textContent;
  const lines = content.replace(/\n$/, "").split("\n").length;
  return fill(ngettext("Code block of %(lines)s line.", "Code block of %(lines)s lines.", lines), { lines });
}

function table({ rows }) {
  const count = rows.length;
  return fill(ngettext("Table of %(count)s row.", "Table of %(count)s rows.", count), { count });
}

const tidy = (text) => text.replace(/\s+/g, " ").trim();

/** A heading or an item of a list ends without a stop, and yet ends. */
const sentence = (text) => (!text || /[.!?:;…،؛؟。！？]$/.test(text) ? text : `${text}.`);

/** What of `text` are whole sentences. The very end may be the middle of one, or of a number. */
export function sentences(text) {
  return text.match(/^.*(?:[.!?:;…؛؟]["'”’)\]]*(?=\s)|[。！？])/su)?.[0] ?? "";
}
