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
  const look = () => {
    const isWriting = document.querySelector('[data-status="running"], [data-status="queued"]');
    if ("ready" in root.dataset || !isWriting) return;
    // What was typed meanwhile is not to be lost.
    if (document.getElementById("text")?.value) setTimeout(look, 3000);
    else location.reload();
  };
  addEventListener("load", () => setTimeout(look, 3000));
})();
