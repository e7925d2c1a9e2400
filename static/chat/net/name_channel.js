/**
 * Tells the other tabs of this site that the user has chosen a name. Each of them has a connection of its own, which
 * began with the old name.
 */

export class NameChannel {
  #channel;

  /** @param {string} site path of the site on its host @param {(member: Wire.Member) => void} onNamed in another tab */
  constructor(site, onNamed) {
    this.#channel = new BroadcastChannel(`chatsite:${site}name`);
    this.#channel.onmessage = ({data}) => onNamed(data);
  }

  /** @param {Wire.Member} member */
  named({username, author}) {
    this.#channel.postMessage({username, author});
  }
}
