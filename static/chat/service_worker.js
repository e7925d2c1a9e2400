/**
 * Opens the site without a network: with the rooms that this browser has opened, as they were last. Served by
 * chat/views/offline.py, which puts SITE in front: `version`, `path`, `files` to keep from the start, and `offlinePage`.
 *
 * Online nothing is stale: pages come from the network, always. Only files whose names hold a hash of their content
 * come from the cache first. Both caches are bounded. Another version of the files replaces both.
 */

const worker = /** @type {any} */ (self);
const site = /** @type {{version: string, path: string, files: string[], offlinePage: string}} */ (worker.SITE);

const PREFIX = `chatsite:${site.path}/:`; // another chatsite on this host, below another path, has caches of its own
const FILES = `${PREFIX}files:${site.version}`;
const PAGES = `${PREFIX}pages:${site.version}`;
const MAX_PAGES = 20;
const MAX_FILES = 60;
const ROOM_PATH = new RegExp(`^${site.path}/chat/[^/]+/$`); // a script name has no special characters but - . _ ~
const HASHED_NAME = /\.[0-9a-f]{12}\.\w+$/;

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(install()));
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(activate()));
worker.addEventListener("message", (/** @type {any} */ event) => event.waitUntil(keepPage(event.data)));
worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(openRoom(event.notification.data));
});
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const {request} = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request, url));
  else if (url.pathname.startsWith(`${site.path}/static/`) && HASHED_NAME.test(url.pathname))
    event.respondWith(file(request));
});

async function install() {
  const cache = await caches.open(FILES);
  await cache.addAll([...site.files, site.offlinePage]);
  await worker.skipWaiting();
}

/** Takes over the pages of the version before, which name files that are gone, by loading them anew. */
async function activate() {
  await worker.clients.claim();
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== FILES && name !== PAGES);
  const urls = new Set();
  for (const name of old) {
    if (name.startsWith(`${PREFIX}pages:`)) {
      for (const {url} of await (await caches.open(name)).keys()) urls.add(url);
    }
    await caches.delete(name);
  }
  for (const {url} of await worker.clients.matchAll()) urls.add(url);
  for (const url of urls) await keepPage(url);
}

/** Shows a room that a notification leads to, in the tab that has it if there is one. @param {string} path */
async function openRoom(path) {
  const windows = await worker.clients.matchAll({type: "window"});
  const found = windows.find((/** @type {{url: string}} */ {url}) => new URL(url).pathname === path);
  return found ? found.focus() : worker.clients.openWindow(path);
}

/** From the network. Only without one as it was last. @param {Request} request @param {URL} url */
async function page(request, url) {
  try {
    const response = await fetch(request);
    if (isRoom(url) && isPage(response)) await put(PAGES, url, response.clone(), MAX_PAGES);
    return response;
  } catch (error) {
    return (await withoutNetwork(url)) ?? Promise.reject(error);
  }
}

/** @param {URL} url @returns {Promise<Response | undefined>} */
async function withoutNetwork(url) {
  if (url.pathname === `${site.path}/`) return Response.redirect(`${site.path}/chat/lobby/`);
  const room = isRoom(url) ? await caches.match(url.href.split("#")[0], {cacheName: PAGES}) : undefined;
  return room ?? caches.match(site.offlinePage, {cacheName: FILES});
}

/** @param {Request} request */
async function file(request) {
  const cached = await caches.match(request, {cacheName: FILES});
  if (cached) return cached;
  const response = await fetch(request);
  if (response.ok) await put(FILES, new URL(request.url), response.clone(), MAX_FILES);
  return response;
}

/** Loads a page for the cache, as a page asks for that has shown newer messages. @param {unknown} address */
async function keepPage(address) {
  const url = new URL(String(address), location.href);
  if (url.origin !== location.origin || !isRoom(url)) return;
  const response = await fetch(url.pathname, {headers: {Accept: "text/html"}}).catch(() => null);
  if (response && isPage(response)) await put(PAGES, url, response, MAX_PAGES);
}

/** The newest page of a room: without a query. @param {URL} url */
function isRoom({pathname, search}) {
  return ROOM_PATH.test(pathname) && !search;
}

/** @param {Response} response */
function isPage(response) {
  return response.ok && !response.redirected && (response.headers.get("Content-Type") ?? "").startsWith("text/html");
}

/**
 * The newest entry is the last one; the oldest go when there are too many. A page that removed the copies is still served
 * by this worker until it is closed: nothing is kept for it.
 * @param {string} name @param {URL} url @param {Response} response @param {number} most
 */
async function put(name, url, response, most) {
  if (!(await caches.has(FILES))) return; // and nothing else opens a cache, which would make it
  const cache = await caches.open(name);
  await cache.put(url.href.split("#")[0] ?? "", response); // replaces an older one in one step, and is the last then
  const keys = await cache.keys();
  for (const old of keys.slice(0, Math.max(0, keys.length - most))) await cache.delete(old);
}
