// Runs before the first paint: what the person chose last time is there from the first frame.
(() => {
  const root = document.documentElement;
  // Django's own pages cannot say it on their first element.
  const { theme } = document.currentScript.dataset;
  if (theme) root.dataset.theme = theme;
  try {
    if (localStorage.getItem("rivulet:sidebar") === "closed") root.dataset.sidebar = "closed";
  } catch {
    // Storage can be refused altogether. The defaults are fine then.
  }
  // The modules say `data-ready`. Where they cannot be loaded, a running reply is read as without JavaScript.
  addEventListener("load", () => {
    setTimeout(() => {
      const isWriting = document.querySelector('[data-status="running"], [data-status="queued"]');
      if (!("ready" in root.dataset) && isWriting) location.reload();
    }, 3000);
  });
})();
