import { describe, expect, it } from "vitest";
import {
  daySummaryText,
  sentenceOf,
  summarize,
  type AccountDay,
} from "../../../src/domain/statements/day-summary.ts";

const ACCOUNT: AccountDay = {
  id: "acct_1",
  title: "Card",
  gateway: "stripe",
  report: { id: "stm_1", isDone: true, rows: 12, matched: 12 },
  fetch: { state: "done", dueAtMs: null, answer: null },
  open: [],
  uncompared: 0,
};
const WRONG: AccountDay = {
  ...ACCOUNT,
  id: "acct_2",
  title: "WeChat",
  gateway: "wechat",
  report: { id: "stm_2", isDone: true, rows: 1, matched: 0 },
  open: [
    {
      kind: "missing_there",
      currency: "CNY",
      open: 2,
      unexplainedMinor: 1_250,
      unexplainedKeys: 1,
    },
    { kind: "unreadable", currency: null, open: 1, unexplainedMinor: 0, unexplainedKeys: 0 },
    { kind: "fee", currency: "USD", open: 1, unexplainedMinor: 5, unexplainedKeys: 0 },
  ],
};
const AWAITED: AccountDay = {
  ...ACCOUNT,
  id: "acct_3",
  title: "Alipay",
  gateway: "alipay",
  report: null,
  fetch: {
    state: "waiting",
    dueAtMs: Date.UTC(2026, 10, 25, 3),
    answer: "isp.bill_not_exist",
  },
  uncompared: 3,
};

describe("a day in a sentence", () => {
  it("says 0 unexplained cents, 0 unexplained keys where all of it agrees", () => {
    const { unexplained, uncompared, explained } = summarize("2026-11-24", [ACCOUNT]);
    expect(sentenceOf(unexplained, uncompared)).toBe("0 unexplained cents, 0 unexplained keys");
    expect(explained).toBe(true);
  });

  it("says each currency's sum, the keys, and what was compared with nothing", () => {
    const { unexplained, uncompared, explained } = summarize("2026-11-24", [WRONG, AWAITED]);
    expect(sentenceOf(unexplained, uncompared)).toBe(
      "12.50 CNY + 0.05 USD unexplained, 1 unexplained key; 3 movements not compared yet",
    );
    expect(explained).toBe(false);
  });

  it("is not explained while a row cannot be read, one is compared, or anything waits", () => {
    const [, unreadable] = WRONG.open;
    const open = unreadable === undefined ? [] : [unreadable];
    const under = { id: "stm_3", isDone: false, rows: 1, matched: 0 };
    const explained = (changes: Partial<AccountDay>) =>
      summarize("2026-11-24", [{ ...ACCOUNT, ...changes }]).explained;
    expect(explained({ open })).toBe(false);
    expect(explained({ report: under })).toBe(false);
    expect(explained({ report: null, uncompared: 1 })).toBe(false);
    expect(explained({ report: null })).toBe(true);
  });
});

it("a day as a text names each account, its report, and what is open", () => {
  const text = daySummaryText(summarize("2026-11-24", [ACCOUNT, WRONG, AWAITED]));
  expect(text)
    .toBe(`2026-11-24: 12.50 CNY + 0.05 USD unexplained, 1 unexplained key; 3 movements not compared yet

Card (stripe, acct_1)
  compared: 12 rows, 12 matched (stm_1)

WeChat (wechat, acct_2)
  compared: 1 row, 0 matched (stm_2)
  missing_there: 2 open, 12.50 CNY unexplained, 1 unexplained key
  unreadable: 1 open, 0 unexplained cents, 0 unexplained keys
  fee: 1 open, 0.05 USD unexplained, 0 unexplained keys

Alipay (alipay, acct_3)
  no report: waiting, asked for at 2026-11-25T03:00:00.000Z (isp.bill_not_exist)
  3 movements of ours not compared yet
`);
});
