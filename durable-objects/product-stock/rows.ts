import type { AccountId, MerchantId, OrderId, ProductId } from "../../src/domain/ids.ts";
import type { Locale } from "../../src/domain/locale.ts";
import type { Currency } from "../../src/domain/money.ts";
import type { OrderState, Review } from "../../src/domain/order/order.ts";

/** An order as its row holds it; `history` and `fields` are JSON that only the store writes. */
export type OrderRow = {
  id: OrderId;
  version: number;
  state: OrderState;
  body_hash: string;
  merchant_id: MerchantId;
  product_id: ProductId;
  product_title: string;
  delivery: "auto" | "manual";
  variant_id: string | null;
  variant_title: string | null;
  quantity: number;
  unit_price_minor: number;
  amount_minor: number;
  discount_minor: number;
  currency: Currency;
  email: string;
  locale: Locale;
  fields: string;
  lookup_hash: string | null;
  payment_account_id: AccountId | null;
  payment_method: string | null;
  placed_at_ms: number;
  expires_at_ms: number | null;
  paid_at_ms: number | null;
  delivered_at_ms: number | null;
  fulfil_request: string | null;
  history: string;
  /** The mailbox that the buyer is counted as, where it is not `email` itself (domain/email). */
  buyer: string | null;
  /** Keyed digest of the network that the hold was made from; null once it is no hold. */
  network: string | null;
  /** A RiskDecision as JSON; null where nothing spoke against it. */
  risk: string | null;
  review: Review | null;
  /** The buyer's fee, a part of `amount_minor`. */
  fee_minor: number;
  /** 1: nobody was sent to pay yet, and another account may ask for the money. */
  reroutable: 0 | 1;
  /** 1: the payment that paid it is disputed or lost (domain/payments/dispute isHeldBack), and no keys are for it. */
  held_back: 0 | 1;
  /** Since when its buyer waits for no keys any more, and wants the money back. */
  stopped_at_ms: number | null;
};

export type CountRow = { count: number };
export type DeadlineRow = { ms: number | null };

/** The part of the pool that an order without a variant draws from, and every other one after its own. */
export const SHARED_POOL = "";
