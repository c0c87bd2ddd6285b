import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  base32,
  base32Number,
  base64,
  base64url,
  fromBase64,
  hex,
  parseBase32Number,
} from "../../src/domain/encoding.ts";

const bytes = fc.uint8Array({ maxLength: 40 });

describe("base 32", () => {
  test("is five bits a character, first bits first, in an alphabet without i, l, o and u", () => {
    expect(base32(Uint8Array.of(0b00001_000, 0b10_00011_0, 0b0100_0000), 4)).toBe("1234");
    const all = BigInt(`0b${Array.from({ length: 32 }, (_, n) => bits(n)).join("")}`);
    const every = Uint8Array.from({ length: 20 }, (_, n) =>
      Number((all >> BigInt(8 * (19 - n))) & 255n),
    );
    expect(base32(every, 32)).toBe("0123456789abcdefghjkmnpqrstvwxyz");
  });

  test("keeps every bit that its length has room for, and no other byte matters", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (given) => {
        const length = Math.floor((given.length * 8) / 5);
        const text = base32(given, length);
        const stated = Array.from(given, (byte) => byte.toString(2).padStart(8, "0")).join("");
        const read = Array.from(text, (character) => bits(parseBase32Number(character) ?? -1));
        expect(read.join("")).toBe(stated.slice(0, 5 * length));
        expect(base32(Uint8Array.of(...given, 255), length)).toBe(text);
      }),
    );
  });

  test("of fewer bits than characters is a bug; of exactly as many it is not", () => {
    expect(() => base32(new Uint8Array(4), 7)).toThrow("too few bytes");
    expect(base32(new Uint8Array(5), 8)).toBe("00000000");
  });
});

describe("a number in base 32", () => {
  test("reads back as itself, in exactly its width", () => {
    fc.assert(
      fc.property(fc.nat(32 ** 6 - 1), (value) => {
        const text = base32Number(value, 6);
        expect(text).toMatch(/^[0-9a-z]{6}$/);
        expect(parseBase32Number(text)).toBe(value);
      }),
    );
    expect(base32Number(33, 2)).toBe("11");
  });

  test.each([-1, 32, 1.5, Number.NaN])("of one character is not %s", (value) => {
    expect(() => base32Number(value, 1)).toThrow("does not fit 1 characters");
  });

  test("is none with any other character, or where it cannot be held exactly", () => {
    for (const text of ["1i", "L", "-1", "1 ", "u"]) expect(parseBase32Number(text)).toBeNull();
    expect(parseBase32Number("zzzzzzzzzz")).toBe(32 ** 10 - 1);
    expect(parseBase32Number("zzzzzzzzzzz")).toBeNull();
  });
});

test("hex is two digits a byte", () => {
  expect(hex(Uint8Array.of(0, 10, 255))).toBe("000aff");
});

describe("base 64", () => {
  test("of both kinds reads back as the same bytes", () => {
    fc.assert(
      fc.property(bytes, (given) => {
        expect(fromBase64(base64(given))).toEqual(given);
        expect(fromBase64(base64url(given))).toEqual(given);
        expect(base64url(given)).toMatch(/^[\w-]*$/);
      }),
    );
  });

  test("is the usual one, and the other needs no escaping in an address", () => {
    const given = Uint8Array.of(251, 255, 191, 255);
    expect(base64(given)).toBe("+/+//w==");
    expect(base64url(given)).toBe("-_-__w");
  });

  test.each(["a", "!", "ab=c", "码"])("is not %j", (text) => {
    expect(fromBase64(text)).toBeNull();
  });
});

function bits(digit: number): string {
  return digit.toString(2).padStart(5, "0");
}

test("base64url lets an engine write it that can, and is what the engine would have written", () => {
  const given = Uint8Array.from({ length: 70 }, (_, place) => (place * 37 + 250) % 256);
  const able = Object.assign(given.slice(), {
    toBase64: (options: object) => `written with ${JSON.stringify(options)}`,
  });
  expect(base64url(able)).toBe('written with {"alphabet":"base64url","omitPadding":true}');
  expect(base64url(given)).toBe(Buffer.from(given).toString("base64url"));
});
