import type { AccountId, DropId, OrderId } from "../../src/domain/ids.ts";
import type { Locale } from "../../src/domain/locale.ts";
import type { FeeRule } from "../../src/domain/payments/fee.ts";
import type { RiskDecision } from "../../src/domain/risk/risk.ts";
import type { RiskRules } from "../../src/domain/settings/risk.ts";
import type { InArchive, OrderSnapshot, SealedKey } from "./contract.ts";

/** How an order is placed. */
export interface ReserveRequest {
  readonly orderId: OrderId;
  /** SHA-256 (hex) of the order's body in canonical form: the same key with another body is refused. */
  readonly bodyHash: string;
  readonly termsVersion: number;
  readonly variantId: string | null;
  readonly quantity: number;
  /** Normalised; identifies the buyer for the per-buyer limit. */
  readonly email: string;
  readonly locale: Locale;
  readonly paymentAccountId: AccountId | null;
  /** As the buyer named it, e.g. "epay". Null only where nothing is to be paid. */
  readonly paymentMethod: string | null;
  /** The sum the Worker quoted, the fee included: the object reckons too and refuses another. */
  readonly amountMinor: number;
  /** What the buyer pays for the way to pay, by the account's rules; left out where it costs nothing. */
  readonly fee?: FeeRule;
  /** Other accounts could ask for the same sum: it may move on to one until a buyer is sent to pay. */
  readonly reroutable?: boolean;
  readonly fields: Readonly<Record<string, string>>;
  readonly lookupHash: string | null;
  /** Keys made for this order (generated products): stored only if the order is new. */
  readonly minted: readonly SealedKey[];
  /** Keyed digest of the network that asks, for the caps on holds; left out where none is known. */
  readonly network?: string;
  /** What spoke against the order, kept with it; left out where nothing did. */
  readonly risk?: RiskDecision;
  /** By which unpaid keys that the buyer holds weigh in as well; left out where nothing is reviewed. */
  readonly holdRules?: Pick<RiskRules, "openHolds" | "reviewAt">;
  /** The place in a drop's line that the order is placed by; the edge has seen that it is genuine and let in. */
  readonly ticket?: { readonly dropId: DropId; readonly identity: string };
}

export type ReserveOutcome =
  | { kind: "reserved"; order: OrderSnapshot }
  /** The order exists with the same body: the same answer again. */
  | { kind: "repeated"; order: OrderSnapshot }
  /** Another body; or the same one of an order in the archive, for whoever knows of archives. */
  | ({ kind: "reused" } & InArchive)
  | { kind: "sold_out"; available: number }
  | { kind: "limit_reached"; limit: number; scope: LimitScope }
  | { kind: "not_on_sale"; opensAtMs: number | null }
  /** The product is sold in this drop, and the request brings no place in its line. */
  | { kind: "ticket_required"; dropId: DropId }
  /** The place has become an order already, another than this. */
  | { kind: "ticket_used" }
  /** The object's terms have another version; `version` is null when it has none. */
  | { kind: "terms_changed"; version: number | null };

/**
 * `holds`: what one buyer, or one network, may hold unpaid; paying or waiting is the way out.
 */
export type LimitScope = "order" | "buyer" | "holds";
