import type { Ability } from "../simulated.ts";
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

/** What the page puts side by side. */
export type PlayGroup = "buyer" | "timing" | "content" | "signature" | "back";

interface Play {
  readonly group: PlayGroup;
  /** What a gateway must be able to, so that the play is any different from another. */
  readonly needs?: Ability;
  /** Whether the buyer's money moves; it does where nothing else is said. */
  readonly pays?: boolean;
  /** Rounds one after the other; the notices of a round all at once. */
  readonly rounds: (told: Told, given: Given) => readonly (readonly Told[])[];
}

const one = (change: Partial<Told>) => (told: Told) => [[{ ...told, ...change }]];
const notPaid = (told: Told): Told => ({ ...told, what: "not_paid" });
const paid = (told: Told, change: Partial<Told>) => [
  [{ ...told, what: "paid", ...change } as const],
];
const NOBODYS_ORDER = "ord_00000000000000000000000000";

/** What can go wrong between a payment and its notice: one table, for every gateway. */
export const PLAYS = {
  pay: { group: "buyer", rounds: one({}) },
  never: { group: "buyer", pays: false, rounds: () => [] },
  twice: { group: "timing", rounds: (told) => [[told], [told]] },
  parallel: {
    group: "timing",
    rounds: (told, { times }) => [Array.from({ length: times }, () => told)],
  },
  late: { group: "timing", rounds: one({}) },
  lost: { group: "timing", rounds: () => [] },
  not_paid_first: { group: "timing", rounds: (told) => [[notPaid(told)], [told]] },
  not_paid_last: { group: "timing", rounds: (told) => [[told], [notPaid(told)]] },
  wrong_sum: {
    group: "content",
    rounds: (told, given) => paid(told, { minor: given.amount_minor ?? told.minor + 1 }),
  },
  cent_short: { group: "content", rounds: (told) => paid(told, { minor: told.minor - 1 }) },
  wrong_currency: {
    group: "content",
    needs: "name_currency",
    rounds: (told) => paid(told, { currency: told.currency === "USD" ? "EUR" : "USD" }),
  },
  wrong_order: { group: "content", rounds: (told) => paid(told, { order: NOBODYS_ORDER }) },
  wrong_account: { group: "content", rounds: (told) => paid(told, { account: "other" }) },
  bad_signature: { group: "signature", rounds: one({ signature: "wrong" }) },
  no_signature: { group: "signature", rounds: one({ signature: "none" }) },
  array_signature: {
    group: "signature",
    needs: "list_signature",
    rounds: one({ signature: "listed" }),
  },
  refunded: { group: "back", needs: "refund", rounds: one({ what: "refunded" }) },
  refunded_first: {
    group: "back",
    needs: "tell_refunds",
    rounds: (told) => [[{ ...told, what: "refunded" }], [told]],
  },
  dispute_opened: {
    group: "back",
    needs: "tell_disputes",
    rounds: one({ what: "dispute_opened" }),
  },
  dispute_won: { group: "back", needs: "tell_disputes", rounds: one({ what: "dispute_won" }) },
  dispute_lost: { group: "back", needs: "tell_disputes", rounds: one({ what: "dispute_lost" }) },
} as const satisfies Readonly<Record<string, Play>>;

export type PlayName = keyof typeof PLAYS;
export const PLAY_NAMES = Object.keys(PLAYS) as [PlayName, ...PlayName[]];

export function movesMoney(name: PlayName): boolean {
  const { pays = true }: Play = PLAYS[name];
  return pays;
}

/** What a gateway of these abilities can be asked to play. */
export function playsFor(can: readonly Ability[]): PlayName[] {
  return PLAY_NAMES.filter((name) => {
    const { needs }: Play = PLAYS[name];
    return needs === undefined || can.includes(needs);
  });
}

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
