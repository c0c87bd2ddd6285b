import { describe, expect, test } from "vitest";
import type { AccountId, OrderId } from "../../src/domain/ids.ts";
import { readState, recognitionState } from "../../src/flows/payments/recognition-state.ts";
import { makeVault } from "../../src/platform/vault.ts";

const ORDER = "ord_000001abcdefghjkmnpqrstvwxyz" as OrderId;
const ACCOUNT = "acct_one" as AccountId;
const secret = (version: number, letter: string) => `${version}:${letter.repeat(43)}`;
const vaultOf = (tokens: string) =>
  makeVault({ sealing: secret(1, "A"), tokens, identity: secret(1, "C") });
const at = (nowMs: number, tokens = secret(1, "B")) => ({
  vault: vaultOf(tokens),
  clock: { nowMs: () => nowMs },
});
const NOW = Date.parse("2026-11-25T04:00:00Z");
const MINUTE = 60_000;

describe("a state that goes to an app and back", () => {
  test("names its order to the account that it was made for, for ten minutes", async () => {
    const state = await recognitionState(at(NOW), ORDER, ACCOUNT);
    const content = { orderId: ORDER, stockNumber: 1 };
    expect(await readState(at(NOW + 10 * MINUTE), state, ACCOUNT)).toEqual({
      ...content,
      isFresh: true,
    });
    expect(await readState(at(NOW + 10 * MINUTE + 1), state, ACCOUNT)).toEqual({
      ...content,
      isFresh: false,
    });
    expect(await readState(at(NOW), state, "acct_two" as AccountId)).toBeNull();
  });

  test("is letters and digits alone, at most 128, also with the longest name of a secret", async () => {
    const tokens = secret(99_999_999, "B");
    const state = await recognitionState(at(NOW, tokens), ORDER, ACCOUNT);
    expect(state).toMatch(/^[0-9a-z]{1,128}$/);
    expect(await readState(at(NOW, tokens), state, ACCOUNT)).not.toBeNull();
  });

  test("of which any letter is another is nobody's", async () => {
    const state = await recognitionState(at(NOW), ORDER, ACCOUNT);
    const other = (letter: string) => (letter === "1" ? "2" : "1");
    const altered = [...state].map(
      (letter, n) => `${state.slice(0, n)}${other(letter)}${state.slice(n + 1)}`,
    );
    const readings = await Promise.all(altered.map((each) => readState(at(NOW), each, ACCOUNT)));
    expect(new Set(readings)).toEqual(new Set([null]));
    expect(await readState(at(NOW, secret(1, "D")), state, ACCOUNT)).toBeNull();
  });

  test("that was made with the older secret is good until it ends", async () => {
    const state = await recognitionState(at(NOW), ORDER, ACCOUNT);
    const both = `${secret(2, "D")},${secret(1, "B")}`;
    expect(await readState(at(NOW, both), state, ACCOUNT)).not.toBeNull();
  });
});
