/**
 * The name and the topic of the room. Both are events of its log; a welcome has the newest of each. Pure.
 */

export class RoomTitle {
  #name;
  #topic;
  #knownUntilId;
  #onChange;

  /**
   * @param {object} options
   * @param {string} options.name @param {string} options.topic "" without one
   * @param {number} options.lastId up to which event they are known
   * @param {() => void} options.onChange
   */
  constructor({name, topic, lastId, onChange}) {
    this.#name = name;
    this.#topic = topic;
    this.#knownUntilId = lastId;
    this.#onChange = onChange;
  }

  get name() {
    return this.#name;
  }

  /** "" without one. */
  get topic() {
    return this.#topic;
  }

  /** @param {Wire.WelcomeFrame} welcome */
  welcome({name, topic = "", last_id}) {
    this.#knownUntilId = last_id;
    this.#set(name, topic);
  }

  /** Events that a welcome has told are replayed after it, and change nothing. @param {Wire.TopicEvent | Wire.RoomNameEvent} event */
  receive(event) {
    if (event.id <= this.#knownUntilId) return;
    this.#knownUntilId = event.id;
    if (event.type === "topic") this.#set(this.#name, event.topic);
    else this.#set(event.name, this.#topic);
  }

  /** @param {string} name @param {string} topic */
  #set(name, topic) {
    if (name === this.#name && topic === this.#topic) return;
    this.#name = name;
    this.#topic = topic;
    this.#onChange();
  }
}
