// Which key sends a message.

/** Whether it is Enter, as the person has chosen: where Ctrl+Enter sends, Enter alone breaks the line. */
export function sends({ key, shiftKey, ctrlKey, metaKey }) {
  const needsControl = document.documentElement.dataset.sendKey === "ctrl-enter";
  return key === "Enter" && !shiftKey && (ctrlKey || metaKey || !needsControl);
}
