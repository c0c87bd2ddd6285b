import { expect, test } from "vitest";
import { knownScopes, missingScopes, SCOPES } from "../../src/domain/scopes.ts";

test("a token gives away what it holds and nothing else", () => {
  expect(missingScopes(["orders:read", "keys:read"], ["keys:read"])).toEqual([]);
  expect(missingScopes(["orders:read"], ["orders:write", "orders:read", "operator"])).toEqual([
    "orders:write",
    "operator",
  ]);
});

test("no scope implies another, not even the operator's", () => {
  for (const held of SCOPES) {
    expect(missingScopes([held], SCOPES)).toEqual(SCOPES.filter((scope) => scope !== held));
  }
});

test("a stored name that is not known grants nothing", () => {
  expect(knownScopes(["orders:read", "orders:burn", "", "ORDERS:WRITE"])).toEqual(["orders:read"]);
  expect(knownScopes([...SCOPES])).toEqual(SCOPES);
  expect(knownScopes([])).toEqual([]);
});

test("a scope has one name, of a thing and an act on it; only the operator's stands alone", () => {
  expect(new Set(SCOPES).size).toBe(SCOPES.length);
  expect(SCOPES.filter((scope) => !/^[a-z]+:(?:read|write|import)$/.test(scope))).toEqual([
    "operator",
  ]);
});
