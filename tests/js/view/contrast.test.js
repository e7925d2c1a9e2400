import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import test from "node:test";

const read = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const TOKENS = new Map(
  Array.from(read("static/chat/css/tokens.css").matchAll(/^ {4}--([\w-]+): ([^;]+);/gm), ([, name, value]) => [
    name,
    value,
  ]),
);
const ROW = /^\| `--([\w-]+)` on `--([\w-]+)`[^|]*\| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$/gm;

/** The colour of a token in a theme: 0 light, 1 dark. */
function colour(name, theme) {
  const value = TOKENS.get(name) ?? "";
  const [, other] = /^var\(--([\w-]+)\)/.exec(value) ?? [];
  if (other) return colour(other, theme);
  const found = /^light-dark\((#\w{6}), (#\w{6})\)/.exec(value);
  assert.ok(found, `--${name} is no colour of both themes`);
  return found[theme + 1];
}

/** Relative luminance, as WCAG 2.2 defines it. */
function luminance(hex) {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(hex.slice(start, start + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(front, back, theme) {
  const [one, other] = [front, back].map((name) => luminance(colour(name, theme)) + 0.05);
  return Math.max(one, other) / Math.min(one, other);
}

test("the contrasts of docs/design.md are those of the style sheet, and are enough", () => {
  const rows = [...read("docs/design.md").matchAll(ROW)];
  assert.ok(rows.length >= 15, `${rows.length} rows`);
  for (const [, front, back, light, dark, least] of rows) {
    const measured = [contrast(front, back, 0), contrast(front, back, 1)];
    assert.deepEqual(
      [light, dark],
      measured.map((ratio) => ratio.toFixed(1)),
      `${front} on ${back}`,
    );
    for (const ratio of measured) assert.ok(ratio >= Number(least), `${front} on ${back}: ${ratio.toFixed(2)}`);
  }
});

test("a person's colour can be read on the page, and letters can be read on it", () => {
  for (let hue = 0; hue < 12; hue++) {
    for (const theme of [0, 1]) assert.ok(contrast(`hue-${hue}`, "ground", theme) >= 4.5, `hue ${hue}, theme ${theme}`);
  }
});
