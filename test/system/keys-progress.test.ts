import { expect, test } from "vitest";
import { duration, progress } from "../../scripts/keys/progress.ts";

function screen(isTTY: boolean) {
  const clock = { atMs: 0 };
  const written: string[] = [];
  const stream = { isTTY, write: (text: string) => written.push(text) };
  return { clock, written, bar: progress(stream, () => clock.atMs) };
}

test("where somebody watches, a bar stays in its line, and makes room for what is said", () => {
  const { clock, written, bar } = screen(true);
  clock.atMs = 10_000;
  bar.show(250_000, 1_000_000);
  bar.note("busy");
  bar.show(1_000_000, 1_000_000);
  bar.end();
  expect(written).toEqual([
    "\r[######..................] 25 %  250,000 of 1,000,000 keys, 25,000/s, 0:30 left\x1b[K",
    "\r\x1b[K",
    "busy\n",
    "\r[########################] 100 %  1,000,000 of 1,000,000 keys, 100,000/s, 0:00 left\x1b[K",
    "\r\x1b[K",
  ]);
});

test("where nobody does, there is a plain line every few seconds, however many calls there are", () => {
  const { clock, written, bar } = screen(false);
  for (; clock.atMs < 12_000; clock.atMs += 100) bar.show(clock.atMs, 12_000);
  bar.end();
  expect(written).toEqual([
    "41 %  5,000 of 12,000 keys, 1,000/s, 0:07 left\n",
    "83 %  10,000 of 12,000 keys, 1,000/s, 0:02 left\n",
  ]);
});

test.each([
  [0, "0:00"],
  [59.2, "1:00"],
  [3_599, "59:59"],
  [3_661, "1:01:01"],
])("%f seconds are %s", (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});
