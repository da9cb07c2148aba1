// Says that the network is gone, where a browser would only show its own page. It keeps that page and what it is made of,
// and nothing else: conversations, modules and streams go past it untouched.
const PAGE = "{{ offline|escapejs }}";
const PLACES = [{% for place in places %}"{{ place|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const NAME = `offline ${PLACES.join(" ")}`;

addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => skipWaiting()));
});

/** The page is asked for as nobody, so that it holds nothing of the person who happens to be signed in. */
async function keep() {
  const cache = await caches.open(NAME);
  await cache.addAll([new Request(PAGE, { credentials: "omit", cache: "reload" }), ...PLACES]);
}

addEventListener("activate", (event) => {
  event.waitUntil(takeOver());
});

async function takeOver() {
  for (const name of await caches.keys()) {
    if (name !== NAME) await caches.delete(name);
  }
  await registration.navigationPreload?.enable();
  await clients.claim();
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (PLACES.includes(pathname)) event.respondWith(kept(request));
});

async function page(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return (await caches.match(PAGE, { ignoreVary: true })) ?? Response.error();
  }
}

/** Their names change with their contents, so what is kept is never old. */
async function kept(request) {
  return (await caches.match(request.url, { ignoreVary: true })) ?? fetch(request);
}
