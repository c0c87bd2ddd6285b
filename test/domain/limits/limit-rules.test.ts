import { describe, expect, test } from "vitest";
import { UNKNOWN_NETWORK } from "../../../src/domain/network/caller.ts";
import type { MerchantId } from "../../../src/domain/ids.ts";
import {
  CODE_TRIES,
  codeRules,
  FAILED_LOGINS,
  lookUpRules,
  ORDER_GUESSES,
  orderRules,
  questionsOf,
  refusedOf,
  RUSH,
  ticketRules,
  TOKEN_CALLS,
  UNPROVEN,
  type Standing,
} from "../../../src/domain/limits/limit-rules.ts";
import { settingsOf } from "../../../src/domain/settings/shop-settings.ts";

const merchantId = "mer_00000000000000000001" as MerchantId;
const decided = {
  ordersPerNetwork: 80,
  ordersPerEmail: 7,
  lookUpsPerNetwork: 16,
  lookUpsPerEmail: 5,
  ticketsPerNetwork: 400,
  ticketsPerEmail: 9,
};
const { limits } = settingsOf({ limits: decided });
const MINUTE = { windowMs: 60_000 };

describe("rules", () => {
  test("have the merchant's numbers, and an isolate's share of an eighth where they are loose", () => {
    expect(orderRules(limits)).toEqual({
      network: { ...MINUTE, name: "order-network", quota: 80, unreportedMax: 10 },
      email: { ...MINUTE, name: "order-email", quota: 7, unreportedMax: 1 },
    });
    expect(lookUpRules(limits)).toEqual({
      network: { ...MINUTE, name: "look-up-network", quota: 16, unreportedMax: 2 },
      email: { ...MINUTE, name: "look-up-email", quota: 5, unreportedMax: 1 },
    });
    expect(ticketRules(limits)).toMatchObject({
      network: { ...MINUTE, name: "ticket-network", quota: 400, unreportedMax: 50 },
      email: { ...MINUTE, name: "ticket-email", quota: 9 },
    });
  });

  test("that no merchant sets are these", () => {
    expect(FAILED_LOGINS).toEqual({ ...MINUTE, name: "login", quota: 20, unreportedMax: 2 });
    const here = { unreportedMax: Number.POSITIVE_INFINITY };
    expect(TOKEN_CALLS).toEqual({ ...MINUTE, ...here, name: "token", quota: 3_000 });
    expect(ORDER_GUESSES).toEqual({ ...MINUTE, ...here, name: "order-guess", quota: 60 });
    expect(RUSH).toEqual({ ...here, name: "rush", quota: 100, windowMs: 2_000 });
    expect(UNPROVEN).toEqual({
      network: { ...MINUTE, name: "unproven-network", quota: 6, unreportedMax: 1 },
      email: { ...MINUTE, name: "unproven-email", quota: 2, unreportedMax: 1 },
    });
    const tenMinutes = { windowMs: 600_000, unreportedMax: 1, quota: 5 };
    expect(CODE_TRIES).toEqual({ ...tenMinutes, name: "code-try" });
    expect(codeRules(limits)).toMatchObject({
      network: { ...MINUTE, name: "code-network", quota: 400 },
      email: { ...tenMinutes, name: "code-email" },
    });
  });
});

describe("who is asked about", () => {
  const rules = orderRules(limits);
  const ask = (network: string | null, email: string | null) =>
    questionsOf(rules, { merchantId, network, email });

  test("is the network and the mailbox, each shop for itself, the network first", () => {
    expect(ask("192.0.2.1", "a.b+c@gmail.com")).toEqual([
      { rule: rules.network, key: `${merchantId} 192.0.2.1` },
      { rule: rules.email, key: `${merchantId} ab@gmail.com` },
    ]);
  });

  test("is one of them where the other is not known yet, or never will be", () => {
    expect(ask("192.0.2.1", null).map(({ rule }) => rule.name)).toEqual(["order-network"]);
    expect(ask(null, "a@b.co").map(({ rule }) => rule.name)).toEqual(["order-email"]);
    expect(ask(UNKNOWN_NETWORK, "a@b.co").map(({ rule }) => rule.name)).toEqual(["order-email"]);
    expect(ask(UNKNOWN_NETWORK, null)).toEqual([]);
  });
});

test("the first refusal is the answer, and none is none", () => {
  const standing = (name: string, allowed: boolean): Standing => ({
    rule: { ...orderRules(limits).network, name },
    allowed,
    arrivalMs: 0,
    remaining: 0,
    resetMs: 0,
    retryAfterMs: 0,
  });
  const [fine, first, second] = [
    standing("a", true),
    standing("b", false),
    standing("c", false),
  ] as const;
  expect(refusedOf([fine, first, second])).toBe(first);
  expect(refusedOf([fine])).toBeUndefined();
  expect(refusedOf([])).toBeUndefined();
});
