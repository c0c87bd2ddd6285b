import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CODE_WINDOW_MS,
  codeOf,
  codeSubject,
  codeWindows,
  normalizeCode,
  sameCode,
} from "../../../src/domain/mail/email-code.ts";

/** RFC 4226, appendix D: the intermediate HMAC values and their codes. */
const VECTORS = [
  ["cc93cf18508d94934c64b65d8ba7667fb7cde4b0", "755224"],
  ["75a48a19d4cbe100644e8ac1397eea747a2d33ab", "287082"],
  ["0bacb7fa082fef30782211938bc1c5e70416ff44", "359152"],
  ["66c28227d03a2d5529262ff016a1e6ef76557ece", "969429"],
  ["a904c900a64b35909874b33e61c5938a8e15ed1c", "338314"],
] as const;

describe("a code", () => {
  it.each(VECTORS)("of the digest %s is %s, as RFC 4226 has it", (digest, code) => {
    expect(codeOf(new Uint8Array(Buffer.from(digest, "hex")))).toBe(code);
  });

  it("has six digits, whatever the digest", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 32 }), (digest) => {
        expect(normalizeCode(codeOf(digest))).toBe(codeOf(digest));
      }),
    );
  });

  it("is read as people type it, and nothing else is a code", () => {
    for (const typed of ["123456", " 123 456 ", "123-456", "１２３４５６", "123\t456\n"]) {
      expect(normalizeCode(typed)).toBe("123456");
    }
    for (const typed of ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "123456\0", "0x1234"]) {
      expect(normalizeCode(typed)).toBeNull();
    }
  });

  it("is the same only as itself", () => {
    const code = fc.stringMatching(/^\d{6}$/);
    fc.assert(fc.property(code, code, (a, b) => sameCode(a, b) === (a === b)));
    expect(sameCode("123456", "1234567")).toBe(false);
  });
});

describe("the windows of a moment", () => {
  it("accept a code for one window at least, and for two at the most", () => {
    const moment = fc.integer({ min: 0, max: 4e12 });
    fc.assert(
      fc.property(moment, fc.integer({ min: 0, max: 3 * CODE_WINDOW_MS }), (atMs, ageMs) => {
        const [made] = codeWindows(atMs);
        const good = codeWindows(atMs + ageMs).includes(made);
        if (ageMs < CODE_WINDOW_MS) expect(good).toBe(true);
        if (ageMs >= 2 * CODE_WINDOW_MS) expect(good).toBe(false);
      }),
    );
  });

  it("name another digest for another drop, person or window", () => {
    const texts = [
      codeSubject("drop_a", "a@example.com", 7),
      codeSubject("drop_b", "a@example.com", 7),
      codeSubject("drop_a", "b@example.com", 7),
      codeSubject("drop_a", "a@example.com", 8),
    ];
    expect(new Set(texts).size).toBe(texts.length);
  });
});
