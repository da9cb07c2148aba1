// htmx parses what the server answers, and one service worker is registered. That alone passes; markup or scripts from
// anywhere else are refused by the browser.
if (window.trustedTypes) {
  const parsers = ["Document parseHTMLUnsafe", "DOMParser parseFromString"];
  window.trustedTypes.createPolicy("default", {
    createHTML: (html, _type, sink) => (parsers.includes(sink) ? html : null),
    createScriptURL: (url) => (url === "/sw.js" ? url : null),
  });
}
