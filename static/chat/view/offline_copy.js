/**
 * Keeps a copy of the room in the browser that opens without a network (service_worker.js), or removes all of it if the
 * site says so.
 */

const REFRESH_INTERVAL_MS = 5 * 60 * 1000; // a page that stays open: every copy is a page that the server makes

const NOTHING = -1; // the id of no message

/** @typedef {{createScriptURL(url: string): string}} Policy */

export class OfflineCopy {
  #workerUrl;
  #site;
  #lastId;
  #copiedId = 0;

  /**
   * @param {object} options
   * @param {string} options.workerUrl "" if the site keeps no copies
   * @param {string} options.site path of the site, without a slash at the end
   * @param {() => number} options.lastId of the newest message that the page shows
   */
  constructor({workerUrl, site, lastId}) {
    this.#workerUrl = workerUrl;
    this.#site = site;
    this.#lastId = lastId;
    this.#copiedId = lastId();
  }

  /** Begins when the page is loaded: it needs nothing of this. */
  start() {
    const {serviceWorker} = navigator; // undefined over http, but for localhost
    if (!serviceWorker) return;
    const begin = () => (this.#workerUrl ? this.#register(serviceWorker) : this.#remove(serviceWorker));
    if (document.readyState === "complete") begin();
    else window.addEventListener("load", begin, {once: true});
    document.addEventListener("visibilitychange", () => document.hidden && this.#refresh());
    setInterval(() => this.#refresh(), REFRESH_INTERVAL_MS);
  }

  /** The user has another name: the page is another one. */
  renew() {
    this.#copiedId = NOTHING;
    this.#refresh();
  }

  /** @param {ServiceWorkerContainer} container */
  async #register(container) {
    const {trustedTypes} = /** @type {{trustedTypes?: {createPolicy(name: string, rules: Policy): Policy}}} */ (
      /** @type {unknown} */ (globalThis)
    );
    const rules = {createScriptURL: () => this.#workerUrl}; // this one and no other
    const policy = trustedTypes?.createPolicy("chat-worker", rules) ?? rules;
    await container.register(policy.createScriptURL(""), {scope: `${this.#site}/`}).catch(() => null); // forbidden, or full
  }

  /** @param {ServiceWorkerContainer} container */
  async #remove(container) {
    const registration = await container.getRegistration(`${this.#site}/`).catch(() => undefined);
    if (registration && new URL(registration.scope).pathname === `${this.#site}/`) await registration.unregister();
    for (const name of await caches.keys()) {
      if (name.startsWith(`chatsite:${this.#site}/:`)) await caches.delete(name);
    }
  }

  /** The copy has what was said since the page was loaded. */
  #refresh() {
    const controller = this.#workerUrl ? navigator.serviceWorker?.controller : null;
    if (!controller || this.#lastId() === this.#copiedId || !navigator.onLine) return;
    this.#copiedId = this.#lastId();
    controller.postMessage(location.pathname);
  }
}
