import { describe, expect, test } from "vitest";
import type { AccountId, MerchantId } from "../../src/domain/ids.ts";
import type { NoticeEntry, NoticeRow } from "../../src/domain/payments/notice-row.ts";
import type { RawNotice } from "../../src/domain/payments/raw-notice.ts";
import { paidEntry, refusedEntry } from "../../src/flows/payments/notice-entry.ts";
import { makeNoticeInbox } from "../../src/platform/notice-inbox.ts";

const START_MS = 1_700_000_000_000;
const MONEY = { amountMinor: 1000, currency: "CNY" } as const;

function rawOf(query: string, bytes = 0): RawNotice {
  const body = new Uint8Array(bytes);
  return { method: "GET", query, contentType: null, headers: new Map(), body };
}

function receiptOf(query = "a=1", account = "acct_one", bytes = 0) {
  return {
    merchantId: "mer_one" as MerchantId,
    accountId: account as AccountId,
    source: "notice" as const,
    raw: rawOf(query, bytes),
    receivedAtMs: START_MS,
  };
}

function paid(tradeNo: string, verdict: "delivered" | "surplus" = "delivered"): NoticeEntry {
  const about = { tradeNo, orderRef: "ord_x", money: MONEY };
  return paidEntry(receiptOf(), about, { verdict });
}

const forged = (query: string, account?: string, bytes?: number) =>
  refusedEntry(receiptOf(query, account, bytes), { kind: "invalid", check: "signature" });

/** One isolate, whose time passes when it waits, and a D1 that may fail. */
function isolate() {
  let nowMs = START_MS;
  const work: Promise<unknown>[] = [];
  const batches: (readonly NoticeRow[])[] = [];
  const sealed: string[] = [];
  const state = { down: 0 };
  const turns = {
    nowMs: () => nowMs,
    wait: async (ms: number) => {
      nowMs += ms;
    },
    keepAlive: (promise: Promise<unknown>) => void work.push(promise),
  };
  const inbox = makeNoticeInbox({
    turns,
    vault: {
      sealText: async (purpose, text) => {
        sealed.push(text);
        return `sealed ${purpose}`;
      },
    },
    book: {
      async write(rows) {
        if (state.down-- > 0) throw new Error("D1 is down");
        batches.push(rows);
      },
    },
  });
  return {
    inbox,
    batches,
    sealed,
    state,
    later: (ms: number) => {
      nowMs += ms;
    },
    async settle() {
      while (work.length > 0) await Promise.all(work.splice(0));
    },
  };
}

describe("copies that are made after the answer", () => {
  test("of notices that come together are one write", async () => {
    const { inbox, batches, settle } = isolate();
    for (const n of [1, 2, 3]) inbox.keepLater(paid(`T${n}`));
    expect(batches).toEqual([]);
    await settle();
    expect(batches.map((rows) => rows.map(({ tradeNo }) => tradeNo))).toEqual([["T1", "T2", "T3"]]);
  });

  test("of one notice that comes a thousand times are one row with a count", async () => {
    const { inbox, batches, settle } = isolate();
    for (let n = 0; n < 1_000; n++) inbox.keepLater(paid("T1"));
    await settle();
    expect(batches).toMatchObject([[{ tradeNo: "T1", times: 1_000, attention: false }]]);
  });

  test("are tried again while D1 does not answer", async () => {
    const { inbox, batches, state, settle } = isolate();
    state.down = 2;
    inbox.keepLater(paid("T1"));
    await settle();
    expect(batches).toHaveLength(1);
  });

  test("are written by another request where the one that was to write was cut short", async () => {
    const { inbox, batches, settle, later } = isolate();
    inbox.keepLater(paid("T1"));
    later(31_000);
    inbox.keepLater(paid("T2"));
    await settle();
    expect(batches.flat()).toHaveLength(2);
  });
});

describe("what a person must see", () => {
  test("is written before anything goes on, and once: again it is counted afterwards", async () => {
    const { inbox, batches, settle } = isolate();
    await inbox.keep(paid("T1", "surplus"));
    expect(batches).toMatchObject([[{ verdict: "surplus", attention: true, times: 1 }]]);
    await inbox.keep(paid("T1", "surplus"));
    expect(batches).toHaveLength(1);
    await settle();
    expect(batches[1]).toMatchObject([{ id: batches[0]?.[0]?.id, times: 1 }]);
  });

  test("is thrown back while it cannot be kept", async () => {
    const { inbox, state } = isolate();
    state.down = 1;
    await expect(inbox.keep(paid("T1", "surplus"))).rejects.toThrow("D1 is down");
  });
});

describe("an answer of a gateway that signs none, and the notice of the same payment", () => {
  const money = { tradeNo: "T1", orderRef: "ord_x", money: MONEY };
  const asked = { ...receiptOf(), source: "query" as const, raw: null, unsigned: true as const };
  const answered = paidEntry(asked, money, { verdict: "delivered" });
  const signatureIn = (row: NoticeRow | undefined) =>
    row?.checks.find(({ check }) => check === "signature")?.result;

  test.each([
    ["answer, notice", [answered, paid("T1")]],
    ["notice, answer", [paid("T1"), answered]],
  ])("are one row that a notice came for and whose signature passed: %s", async (_, entries) => {
    const { inbox, batches, settle } = isolate();
    for (const entry of entries) inbox.keepLater(entry);
    await settle();
    const [row] = batches.flat();
    expect(row).toMatchObject({ source: "notice", times: 2 });
    expect(row?.sealedRaw).not.toBeNull();
    expect(signatureIn(row)).toBe("passed");
  });

  test("in two writes of one isolate lose nothing of the notice as it came", async () => {
    const { inbox, batches, settle } = isolate();
    inbox.keepLater(answered);
    await settle();
    inbox.keepLater(paid("T1"));
    await settle();
    const [first, second] = batches.flat();
    expect([first?.source, first?.sealedRaw, signatureIn(first)]).toEqual([
      "query",
      null,
      "unsigned",
    ]);
    expect(second?.id).toBe(first?.id);
    expect(second?.sealedRaw).not.toBeNull();
  });
});

describe("of forged notices", () => {
  test("an isolate keeps thirty of an account in a minute, however many come", async () => {
    const { inbox, batches, settle, later } = isolate();
    for (let n = 0; n < 10_000; n++) inbox.keepLater(forged(`sign=${n}`));
    await settle();
    expect(batches.flat()).toHaveLength(30);
    later(60_000);
    inbox.keepLater(forged("sign=later"));
    await settle();
    expect(batches.flat()).toHaveLength(31);
  });

  test("an isolate keeps two hundred in a minute, of however many accounts", async () => {
    const { inbox, batches, settle } = isolate();
    for (let n = 0; n < 1_000; n++) inbox.keepLater(forged(`sign=${n}`, `acct_${n % 100}`));
    await settle();
    expect(batches.flat()).toHaveLength(200);
  });

  test("none takes the place of a genuine one that says the same", async () => {
    const { inbox, batches, settle } = isolate();
    inbox.keepLater(forged("a=1"));
    inbox.keepLater(paid("T1"));
    await settle();
    expect(new Set(batches.flat().map(({ id }) => id)).size).toBe(2);
  });

  test("the raw material of a long one is not kept, nor of a genuine one without end", async () => {
    const { inbox, batches, settle } = isolate();
    inbox.keepLater(forged("a=1", "acct_one", 8_001));
    inbox.keepLater(refusedEntry(receiptOf("a", "acct_one", 30_000), signedNonsense));
    await settle();
    expect(batches.flat()).toMatchObject([{ sealedRaw: null }, { sealedRaw: null }]);
  });
});

const signedNonsense = {
  kind: "invalid",
  check: "malformed",
  about: { tradeNo: "", orderRef: "" },
} as const;

test("a notice is kept without cookies, addresses and tokens of whoever brought it", async () => {
  const { inbox, sealed, settle } = isolate();
  const headers = new Map([
    ["stripe-signature", "t=1,v1=aa"],
    ["cookie", "session=1"],
    ["authorization", "Bearer x"],
    ["cf-connecting-ip", "203.0.113.9"],
  ]);
  const entry = paid("T1");
  inbox.keepLater({ ...entry, raw: { ...rawOf("a=1"), headers } });
  await settle();
  expect(JSON.parse(sealed[0] ?? "")).toMatchObject({
    headers: { "stripe-signature": "t=1,v1=aa" },
  });
  expect(sealed[0]).not.toMatch(/cookie|Bearer|203\.0/);
});
