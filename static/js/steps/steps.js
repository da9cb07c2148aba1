// A reply is texts, and between them the steps that led to them. The server makes all of them; what is still being written
// grows here.

/** The texts of a message, in their order. What comes next is written into the last. */
export function textsOf(article) {
  return [...article.querySelectorAll(":scope > .message-text")];
}

export function lastText(article) {
  return article && textsOf(article).at(-1);
}

/** Adds what a frame brings to the step that it belongs to. False where that step is not shown as being written. */
export function extend(article, frame) {
  if (frame.type === "reasoning") return grow(thought(article), frame.text);
  const call = [...article.querySelectorAll(":scope > .step-call")].find(({ dataset }) => dataset.call === frame.call);
  const isWriting = call?.dataset.state === "writing" && (call.dataset.name || !frame.name);
  return grow(isWriting && call.querySelector(".step-arguments"), frame.arguments);
}

/** What the model thinks just now: the last step, with nothing said after it. */
function thought(article) {
  const step = [...article.querySelectorAll(":scope > .step")].at(-1);
  const isOpen = step?.matches('.step-thought[data-state="running"]') && !lastText(article).firstChild;
  return isOpen && step.querySelector(".step-words");
}

function grow(place, text) {
  if (!place) return false;
  if (place.firstChild) place.firstChild.appendData(text);
  else place.append(text);
  return true;
}
