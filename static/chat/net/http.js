/**
 * HTTP requests of the page: reads JSON resources and posts forms without a page load.
 */

import {gettext, interpolate} from "../model/translate.js";

/** A failed request. `message` is a sentence for the user, `body` the JSON of the answer if there was one. */
export class RequestError extends Error {
  /** @param {string} message @param {any} body */
  constructor(message, body = null) {
    super(message);
    this.body = body;
  }
}

export class HttpClient {
  #csrfToken;

  /** @param {string} csrfToken */
  constructor(csrfToken) {
    this.#csrfToken = csrfToken;
  }

  /**
   * @param {string} url
   * @param {Record<string, string>} fields
   * @returns {Promise<Record<string, string>>} the fields of the response
   * @throws {RequestError}
   */
  async postForm(url, fields) {
    const headers = {Accept: "application/json", "X-CSRFToken": this.#csrfToken};
    return request(url, {method: "POST", headers, body: new URLSearchParams(fields)});
  }

  /**
   * @param {string} url
   * @param {AbortSignal} [signal] gives the request up
   * @throws {RequestError}
   */
  async getJson(url, signal) {
    return request(url, {headers: {Accept: "application/json"}, signal: signal ?? null});
  }
}

/** @param {string} url @param {RequestInit} init */
async function request(url, init) {
  const response = await fetch(url, init).catch(() => null);
  if (!response) throw new RequestError(gettext("The server cannot be reached. Try again in a moment."));
  const body = await response.json().catch(() => null);
  if (response.ok && body) return body;
  const status = String(response.status);
  const unexplained = interpolate(gettext("The server answered with an error (%(status)s)."), {status});
  throw new RequestError(body?.error?.detail ?? unexplained, body);
}
