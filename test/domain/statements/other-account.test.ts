import { describe, expect, it } from "vitest";
import {
  isDoubtful,
  otherAccount,
  type AccountSigns,
} from "../../../src/domain/statements/other-account.ts";

const OURS = "acct_ours";
const judged = (signs: Partial<AccountSigns>) => {
  const all = { rows: 10, booked: 0, missing: 0, namedOrders: new Map<string, number>(), ...signs };
  const found = otherAccount(OURS, all);
  // What is refused had been doubted: otherwise its orders would never have been looked up.
  if (found !== null) expect(isDoubtful(all)).toBe(true);
  return found;
};

describe("a statement that names no account", () => {
  it("is ours where most of it is in our books, however much it lacks", () => {
    expect(judged({ booked: 5, missing: 1_000 })).toBeNull();
    expect(judged({ booked: 10, missing: 9 })).toBeNull();
  });

  it("is ours where every notice was lost: its rows name our orders", () => {
    expect(judged({ namedOrders: new Map([[OURS, 10]]), missing: 3 })).toBeNull();
    expect(judged({ namedOrders: new Map([[OURS, 10]]), missing: 0 })).toBeNull();
  });

  it("is ours where nothing speaks for any other, if nobody would be accused", () => {
    expect(judged({})).toBeNull();
    expect(judged({ rows: 0 })).toBeNull();
  });

  it("is another's where most of it is unknown and most of ours is not in it", () => {
    expect(judged({ booked: 1, missing: 2 })).toEqual({
      reason: "other_account",
      named: null,
      account: null,
      rows: 10,
      known: 1,
      missing: 2,
    });
    expect(judged({ rows: 0, missing: 1 })).toMatchObject({ account: null, known: 0 });
    expect(judged({ booked: 4, missing: 4 })).toBeNull();
  });

  it("is the other account's that its orders were to be paid to, though nothing of ours is missing", () => {
    const namedOrders = new Map([
      ["acct_b", 2],
      ["acct_a", 6],
      [OURS, 1],
    ]);
    expect(judged({ namedOrders })).toMatchObject({ account: "acct_a", known: 1, missing: 0 });
    // Some orders change their account after a buyer was sent to pay.
    expect(judged({ booked: 4, namedOrders: new Map([["acct_a", 5]]) })).toBeNull();
    expect(
      judged({
        namedOrders: new Map([
          ["acct_a", 5],
          [OURS, 5],
        ]),
      }),
    ).toBeNull();
  });
});
