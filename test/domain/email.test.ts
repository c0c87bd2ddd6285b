import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EMAIL_CHARACTERS_MAX, maskEmail, normalizeEmail } from "../../src/domain/email.ts";

describe("an address", () => {
  it.each([
    [" Buyer@Example.COM ", "buyer@example.com"],
    ["first.last+tag@sub.example.co", "first.last+tag@sub.example.co"],
    ["o'brien@example.ie", "o'brien@example.ie"],
    ["1@2.cn", "1@2.cn"],
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
    `a@${"b.".repeat(EMAIL_CHARACTERS_MAX / 2)}com`,
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
});
