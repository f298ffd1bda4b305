// The service worker: the page opens without a network. VERSION is put before this file by the service.

const PAGES = "yct-drive-pages";
const KEPT = `yct-drive-${VERSION}`;
const TILES = "yct-drive-tiles";
const MOST_TILES = 600;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(PAGES).then((cache) => cache.add("/drive")).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("yct-drive-") && ![PAGES, KEPT, TILES].includes(name));
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

// What the page loaded before the worker was there; it tells the addresses itself.
self.addEventListener("message", ({ data }) => {
  if (Array.isArray(data?.keep)) caches.open(KEPT).then((cache) => cache.addAll(data.keep)).catch(() => null);
});

async function networkFirst(request) {
  const cache = await caches.open(PAGES);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put("/drive", answer.clone());
    return answer;
  } catch {
    return (await cache.match("/drive")) ?? Response.error();
  }
}

async function cacheFirst(name, request, most) {
  const cache = await caches.open(name);
  const known = await cache.match(request);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.status === 200) await cache.put(request, answer.clone());
  if (most) {
    const keys = await cache.keys();
    await Promise.all(keys.slice(0, Math.max(0, keys.length - most)).map((key) => cache.delete(key)));
  }
  return answer;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(networkFirst(request));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(cacheFirst(KEPT, request));
  else if (url.pathname.startsWith("/tiles/")) event.respondWith(cacheFirst(TILES, request, MOST_TILES));
});
