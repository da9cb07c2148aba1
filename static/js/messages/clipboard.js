/** The clipboard's own interface exists over https and on localhost alone. */
export async function copyText(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const put = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    event.clipboardData.setData("text/plain", text);
  };
  window.addEventListener("copy", put, { capture: true, once: true });
  document.execCommand("copy");
  window.removeEventListener("copy", put, { capture: true });
}
