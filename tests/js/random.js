/** A seeded random generator (mulberry32) of integers below a limit, so that a failed run can be repeated. */
export function randomIntegers(seed) {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** The number of runs: a few in a usual test, many with TORTURE=on. */
export function effort(usual, torture) {
  return process.env.TORTURE === "on" ? torture : usual;
}

/** Does one of the actions, given as `[weight, action]`. */
export function act(actions, random) {
  let place = random(actions.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, action] of actions) {
    if (place < weight) return action();
    place -= weight;
  }
}
