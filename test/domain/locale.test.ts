import { expect, test } from "vitest";
import { isLocale, preferredLocale } from "../../src/domain/locale.ts";

test.each([
  [undefined, "zh-CN"],
  ["", "zh-CN"],
  ["en", "en"],
  ["EN-gb", "en"],
  ["zh-TW,en;q=0.9", "zh-CN"],
  ["en;q=0.4, zh;q=0.6", "zh-CN"],
  ["zh;q=0.4, en;q=0.6", "en"],
  ["fr, de;q=0.9", "zh-CN"],
  ["fr, en;q=0.1", "en"],
  ["zh, en", "zh-CN"],
  ["en, zh", "en"],
  ["en;q=0, zh;q=0", "zh-CN"],
  ["en;q=2, zh;q=0.1", "zh-CN"],
  ["en;q=nonsense", "zh-CN"],
  ["*", "zh-CN"],
  ["es", "zh-CN"],
  ["en;q=1, zh;q=0.9", "en"],
  ["zh;q=0.2, en; q=0.9", "en"],
  ["en;q=-1", "zh-CN"],
  ["en;level=1", "en"],
  ["en;level=1;q=0, fr", "zh-CN"],
  ["en;xq=0", "en"],
  [`${"x,".repeat(200)}en`, "zh-CN"],
])("the best of our languages for %j is %s", (header, locale) => {
  expect(preferredLocale(header)).toBe(locale);
});

test("a language that we do not speak is none", () => {
  expect(isLocale("zh-CN")).toBe(true);
  expect([isLocale("zh"), isLocale("EN"), isLocale(undefined)]).toEqual([false, false, false]);
});
