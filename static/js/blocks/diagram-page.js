// The whole of the page that draws a diagram. It runs without an origin: what it draws may come from anybody.
addEventListener("message", async ({ source, data }) => {
  if (source !== parent) return;
  try {
    const picture = await draw(data);
    parent.postMessage({ is: "drawn", height: document.documentElement.scrollHeight, width: picture.width }, "*");
  } catch (error) {
    document.body.replaceChildren();
    parent.postMessage({ is: "wrong", why: String(error?.message ?? error) }, "*");
  }
});

async function draw({ source, isDark }) {
  document.documentElement.style.colorScheme = isDark ? "dark" : "light";
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    suppressErrorRendering: true,
    htmlLabels: false,
    flowchart: { htmlLabels: false },
    theme: isDark ? "dark" : "neutral",
    fontFamily: "system-ui, sans-serif",
    // What a diagram may not set for itself.
    secure: ["secure", "securityLevel", "startOnLoad", "maxTextSize", "maxEdges", "themeCSS", "fontFamily", "htmlLabels"],
  });
  const { svg } = await mermaid.render("diagram", source);
  const drawing = new DOMParser().parseFromString(svg, "text/html").querySelector("svg");
  for (const link of drawing.querySelectorAll("a")) disarm(link);
  document.body.replaceChildren(drawing);
  return drawing.getBoundingClientRect();
}

/** A link would lead out of the frame, and say to where it leads that somebody has read this. */
function disarm(link) {
  for (const { name } of [...link.attributes]) {
    if (/href|target/i.test(name)) link.removeAttribute(name);
  }
}

parent.postMessage({ is: "ready" }, "*");
