import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OpeningTimes } from "../../../src/domain/payments/pace.ts";

const seen = (...times: number[]) => {
  const openings = new OpeningTimes();
  for (const time of times) openings.note(time);
  return openings.patienceMs();
};
const many = (time: number, count = 50) => Array.from({ length: count }, () => time);

describe("how long a buyer waits for an account while another stands ready", () => {
  test("is two and a half seconds for one of which little was seen", () => {
    expect(seen()).toBe(2_500);
    expect(seen(...many(10, 19))).toBe(2_500);
  });

  test("is three times what nearly all of its openings take", () => {
    expect(seen(...many(500))).toBe(1_500);
    expect(seen(...many(200, 99), 900)).toBe(1_000);
    expect(seen(...many(200, 98), 900, 900)).toBe(2_700);
  });

  test("is never under a second and never over three", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(8_000), { minLength: 20, maxLength: 300 }), (times) => {
        const patienceMs = seen(...times);
        expect(patienceMs).toBeGreaterThanOrEqual(1_000);
        expect(patienceMs).toBeLessThanOrEqual(3_000);
      }),
    );
  });

  test("follows what the gateway does now", () => {
    expect(seen(...many(2_000, 100), ...many(400, 100))).toBe(1_200);
  });
});
