// What is wider than the page scrolls inside. The keyboard reaches it where there is something to scroll.

const seen = new WeakSet();
const watcher = new ResizeObserver((entries) => {
  for (const { target } of entries) show(target);
});

export function watchOverflow(element) {
  if (seen.has(element)) return;
  seen.add(element);
  watcher.observe(element);
}

function show(element) {
  if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
  else element.removeAttribute("tabindex");
}
