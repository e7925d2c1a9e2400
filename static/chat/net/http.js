/**
 * Forms sent, and lists fetched, without leaving the page.
 */

import {find} from "../view/dom.js";

/** A refusal whose sentence is for the person. */
export class RequestError extends Error {}

/**
 * @param {string} url
 * @param {Record<string, string>} fields
 * @returns {Promise<Record<string, string>>} the answer's fields
 * @throws {RequestError}
 */
export async function postForm(url, fields) {
  const token = find("[name=csrfmiddlewaretoken]", HTMLInputElement).value;
  const headers = {Accept: "application/json", "X-CSRFToken": token};
  return request(url, {method: "POST", headers, body: new URLSearchParams(fields)});
}

/** @param {string} url */
export async function getJson(url) {
  return request(url, {headers: {Accept: "application/json"}});
}

/** @param {string} url @param {RequestInit} init */
async function request(url, init) {
  const response = await fetch(url, init).catch(() => null);
  if (!response) throw new RequestError("The server cannot be reached. Try again in a moment.");
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer;
  throw new RequestError(answer?.error?.detail ?? `The server answered with an error (${response.status}).`);
}
