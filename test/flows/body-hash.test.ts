import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { bodyHash } from "../../src/flows/orders/body-hash.ts";

test("the order of names does not matter at any depth, the order of a list does", async () => {
  const one = await bodyHash({ a: 1, b: { c: [1, { d: null, e: "x" }], f: true } });
  expect(await bodyHash({ b: { f: true, c: [1, { e: "x", d: null }] }, a: 1 })).toBe(one);
  expect(await bodyHash({ a: 1, b: { c: [{ d: null, e: "x" }, 1], f: true } })).not.toBe(one);
});

test("digests that objects have stored stay good: SHA-256 of the JSON with sorted names", async () => {
  const stored = createHash("sha256").update(
    '{"email":"a@example.com","fields":{"b":"2","é":"1"}}',
  );
  const hash = await bodyHash({ fields: { é: "1", b: "2" }, email: "a@example.com" });
  expect(hash).toBe(stored.digest("hex"));
});
