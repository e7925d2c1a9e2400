/**
 * A soft sound, made without a file: two short sine tones that fade out.
 */

const TONES = [
  {hertz: 659, delay: 0},
  {hertz: 880, delay: 0.12},
]; // seconds after the first one
const LENGTH = 0.35; // seconds
const VOLUME = 0.08; // of 1
const MIN_INTERVAL_MS = 2000;

export class Chime {
  /** @type {AudioContext | undefined} */
  #context;
  #playedAt = -MIN_INTERVAL_MS;

  /** Plays, unless it has just played. A browser plays nothing before the user has clicked or typed on the page. */
  play() {
    if (performance.now() - this.#playedAt < MIN_INTERVAL_MS) return;
    this.#playedAt = performance.now();
    this.#context ??= new AudioContext();
    const context = this.#context;
    context.resume().catch(() => {});
    for (const {hertz, delay} of TONES) playTone(context, hertz, context.currentTime + delay);
  }
}

/** @param {AudioContext} context @param {number} hertz @param {number} start seconds of the context */
function playTone(context, hertz, start) {
  const tone = new OscillatorNode(context, {frequency: hertz});
  const volume = new GainNode(context, {gain: 0});
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(VOLUME, start + 0.02); // a sudden start is a click
  volume.gain.exponentialRampToValueAtTime(0.0001, start + LENGTH);
  tone.connect(volume).connect(context.destination);
  tone.start(start);
  tone.stop(start + LENGTH);
}
