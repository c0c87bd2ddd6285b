import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalEmail,
  EMAIL_CHARACTERS_MAX,
  maskEmail,
  normalizeEmail,
} from "../../src/domain/email.ts";

/** Of exactly as many characters as SMTP carries. */
const longest =
  `${"a".repeat(EMAIL_CHARACTERS_MAX - 3 * 63 - 3)}@${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(63)}`.slice(
    0,
    EMAIL_CHARACTERS_MAX,
  );

describe("a mailbox that answers to several names", () => {
  it.each([
    ["v.i-c_1@pm.me", "vic1@proton.me"],
    ["vic1+drop@protonmail.com", "vic1@proton.me"],
    ["a.b@mac.com", "a.b@icloud.com"],
    ["first.last@ya.ru", "first-last@yandex.ru"],
    ["first-last@yandex.com", "first-last@yandex.ru"],
    ["...@pm.me", "...@proton.me"],
    ["a.b@outlook.com", "a.b@outlook.com"],
  ])("%s is %s", (email, canonical) => {
    expect(canonicalEmail(email)).toBe(canonical);
  });
});

describe("an address", () => {
  it.each([
    [" Buyer@Example.COM ", "buyer@example.com"],
    ["first.last+tag@sub.example.co", "first.last+tag@sub.example.co"],
    ["o'brien@example.ie", "o'brien@example.ie"],
    ["1@2.cn", "1@2.cn"],
    ["a@b.c", "a@b.c"],
    ["!#$%&'*+/=?^_`{|}~-.@b.cn", "!#$%&'*+/=?^_`{|}~-.@b.cn"],
    ["a@x--y.b-c.co.uk", "a@x--y.b-c.co.uk"],
    [`${"a".repeat(64)}@b.cn`, `${"a".repeat(64)}@b.cn`],
    [`a@${"b".repeat(63)}.${"c".repeat(63)}`, `a@${"b".repeat(63)}.${"c".repeat(63)}`],
    [longest, longest],
  ])("has one form: %j", (text, form) => {
    expect(normalizeEmail(text)).toBe(form);
  });

  it.each([
    "",
    "nobody",
    "@example.com",
    "a@",
    "a@localhost",
    "a@b..com",
    "a@-b.com",
    "a@b-.com",
    "a b@example.com",
    "a@exa mple.com",
    "a@b@example.com",
    "a@example.com\r\nBcc: x@example.com",
    "a\0@example.com",
    "<a@example.com>",
    "买家@example.com",
    `${"a".repeat(65)}@example.com`,
    `a@${"b".repeat(64)}.com`,
    `a@b.${"c".repeat(64)}`,
    "a@b.-c",
    "a@b.c-",
    "a@b.c.",
    "a@.b.c",
    `a${longest}`,
    `x\na@b.cn`,
  ])("is none: %j", (text) => {
    expect(normalizeEmail(text)).toBeNull();
  });

  it("in its one form is its own form, and has no space, capital or line break", () => {
    fc.assert(
      fc.property(fc.emailAddress(), (text) => {
        const email = normalizeEmail(text);
        if (email === null) return;
        expect(normalizeEmail(email)).toBe(email);
        expect(email).toMatch(/^[^\sA-Z]+@[^\sA-Z]+$/);
      }),
    );
  });

  it("is masked to its first letter and its domain", () => {
    expect(maskEmail("buyer@example.com")).toBe("b***@example.com");
    expect(maskEmail("a@b.cn")).toBe("a***@b.cn");
  });

  it.each([
    ["buyer@example.com", "buyer@example.com"],
    ["buyer+drop1@example.com", "buyer@example.com"],
    ["first.last+a+b@example.com", "first.last@example.com"],
    ["f.i.r.s.t+x@gmail.com", "first@gmail.com"],
    ["first@googlemail.com", "first@gmail.com"],
    // A name that would be empty stays: two such mailboxes are not one.
    ["+tag@example.com", "+tag@example.com"],
    ["...@gmail.com", "...@gmail.com"],
    ["..+x@gmail.com", "..@gmail.com"],
    ["first.last@notgmail.com", "first.last@notgmail.com"],
    ["first.last@mail.gmail.com", "first.last@mail.gmail.com"],
  ])("counts as one mailbox: %s as %s", (email, canonical) => {
    expect(canonicalEmail(email)).toBe(canonical);
  });

  it("counts as the same mailbox whatever tag, case and Gmail dots it is written with", () => {
    const written = fc.tuple(
      fc.stringMatching(/^[a-z0-9]{2,20}$/),
      fc.nat(20),
      fc.stringMatching(/^[a-z0-9+.]{0,20}$/),
      fc.boolean(),
    );
    fc.assert(
      fc.property(written, ([name, dotAt, tag, capital]) => {
        const dotted = `${name.slice(0, dotAt)}.${name.slice(dotAt)}+${tag}@gmail.com`;
        const email = normalizeEmail(capital ? dotted.toUpperCase() : dotted);
        if (email === null) return;
        expect(canonicalEmail(email)).toBe(`${name}@gmail.com`);
      }),
    );
  });

  it("that is canonical is its own canonical form, and still an address", () => {
    fc.assert(
      fc.property(fc.emailAddress(), (text) => {
        const email = normalizeEmail(text);
        if (email === null) return;
        const canonical = canonicalEmail(email);
        expect(canonicalEmail(canonical)).toBe(canonical);
        expect(normalizeEmail(canonical)).toBe(canonical);
      }),
    );
  });
});
