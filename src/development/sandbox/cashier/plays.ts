import type { Signature } from "./joined.ts";
import type { Trade } from "./trade-book.ts";

/** What a notice says, and how it is signed. */
export interface Told {
  readonly what: "paid" | "not_paid" | "approved" | "refunded" | Dispute;
  readonly order: string;
  readonly tradeNo: string;
  readonly minor: number;
  readonly currency: string;
  /** "other": another merchant's number, where the gateway has such, or another merchant's secret. */
  readonly account: "own" | "other";
  readonly signature: Signature;
}
type Dispute = "dispute_opened" | "dispute_won" | "dispute_lost";

/** What a script may give in place of the trade's own: it is sent, and signed, as given. */
export interface Given {
  readonly times: number;
  readonly amount_minor?: number | undefined;
  readonly currency?: string | undefined;
  readonly trade_no?: string | undefined;
  readonly out_trade_no?: string | undefined;
}

interface Play {
  /** Whether the buyer's money moves. */
  readonly pays: boolean;
  /** Rounds one after the other; the notices of a round all at once. */
  readonly rounds: (told: Told, given: Given) => readonly (readonly Told[])[];
  readonly zh: string;
  readonly en: string;
}

const one = (change: Partial<Told>) => (told: Told) => [[{ ...told, ...change }]];
const notPaid = (told: Told): Told => ({ ...told, what: "not_paid" });

/** What can go wrong between a payment and its notice: one table, for every gateway. */
export const PLAYS = {
  pay: { pays: true, rounds: one({}), zh: "立即支付", en: "Pay now" },
  twice: { pays: true, rounds: (told) => [[told], [told]], zh: "通知两次", en: "Notify twice" },
  parallel: {
    pays: true,
    rounds: (told, { times }) => [Array.from({ length: times }, () => told)],
    zh: "并发通知 40 次",
    en: "40 notices in parallel",
  },
  late: { pays: true, rounds: one({}), zh: "30 秒后才通知", en: "Notify 30 s late" },
  lost: { pays: true, rounds: () => [], zh: "已扣款，通知丢失", en: "Paid, the notice is lost" },
  never: { pays: false, rounds: () => [], zh: "不支付", en: "Do not pay" },
  not_paid_first: {
    pays: true,
    rounds: (told) => [[notPaid(told)], [told]],
    zh: "先发未支付通知",
    en: "Send “not paid” first",
  },
  not_paid_last: {
    pays: true,
    rounds: (told) => [[told], [notPaid(told)]],
    zh: "支付后再发未支付",
    en: "Send “not paid” last",
  },
  wrong_sum: {
    pays: true,
    rounds: (told, given) => [
      [{ ...told, what: "paid", minor: given.amount_minor ?? told.minor + 1 }],
    ],
    zh: "金额多一分",
    en: "One cent too much",
  },
  cent_short: {
    pays: true,
    rounds: (told) => [[{ ...told, what: "paid", minor: told.minor - 1 }]],
    zh: "金额少一分",
    en: "One cent too little",
  },
  wrong_currency: {
    pays: true,
    rounds: (told) => [
      [{ ...told, what: "paid", currency: told.currency === "USD" ? "EUR" : "USD" }],
    ],
    zh: "其他币种",
    en: "Another currency",
  },
  wrong_order: {
    pays: true,
    rounds: one({ what: "paid", order: "ord_00000000000000000000000000" }),
    zh: "其他订单号",
    en: "Another order",
  },
  wrong_account: {
    pays: true,
    rounds: one({ what: "paid", account: "other" }),
    zh: "其他商户号",
    en: "Another account",
  },
  bad_signature: {
    pays: true,
    rounds: one({ signature: "wrong" }),
    zh: "错误签名",
    en: "Wrong signature",
  },
  no_signature: {
    pays: true,
    rounds: one({ signature: "none" }),
    zh: "缺少签名",
    en: "No signature",
  },
  array_signature: {
    pays: true,
    rounds: one({ signature: "listed" }),
    zh: "sign[]= 签名",
    en: "The signature as a list: sign[]=",
  },
  refunded_first: {
    pays: true,
    rounds: (told) => [[{ ...told, what: "refunded" }], [told]],
    zh: "先发退款通知",
    en: "“Refunded” before “paid”",
  },
  refunded: {
    pays: true,
    rounds: one({ what: "refunded" }),
    zh: "网关后台全额退款",
    en: "Refund at the gateway’s desk",
  },
  dispute_opened: {
    pays: true,
    rounds: one({ what: "dispute_opened" }),
    zh: "买家发起争议",
    en: "Dispute: opened",
  },
  dispute_won: {
    pays: true,
    rounds: one({ what: "dispute_won" }),
    zh: "争议胜诉",
    en: "Dispute: won",
  },
  dispute_lost: {
    pays: true,
    rounds: one({ what: "dispute_lost" }),
    zh: "争议败诉",
    en: "Dispute: lost",
  },
} as const satisfies Readonly<Record<string, Play>>;

export type PlayName = keyof typeof PLAYS;
export const PLAY_NAMES = Object.keys(PLAYS) as [PlayName, ...PlayName[]];

/** The notices of a play. With `approves`, the honest word of a payment is that the buyer has agreed. */
export function rounds(
  name: PlayName,
  trade: Trade,
  { approves, ...given }: Given & { readonly approves: boolean },
): readonly (readonly Told[])[] {
  const told: Told = {
    what: approves ? "approved" : "paid",
    order: given.out_trade_no ?? trade.order_no,
    tradeNo: given.trade_no ?? trade.trade_no,
    minor: given.amount_minor ?? trade.minor,
    currency: given.currency ?? trade.currency,
    account: "own",
    signature: "genuine",
  };
  return PLAYS[name].rounds(told, given);
}
