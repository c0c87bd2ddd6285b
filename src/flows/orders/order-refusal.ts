import type { LimitScope } from "../../../durable-objects/product-stock/contract.ts";
import type { Standing } from "../../domain/limits/limit-rules.ts";
import type { Money } from "../../domain/money.ts";
import type { FieldError } from "../../domain/order/order-fields.ts";
import type { ChallengeOffer } from "../buyers/challenge-ports.ts";
import type { AdmissionRefusal } from "./order-guards/admission.ts";

/** Every way an order may be refused, with what whoever asked needs to do better. */
export type OrderRefusal =
  | { reason: "product_unknown" }
  | { reason: "busy"; retryAfterSeconds: number }
  /** The merchant has closed the shop for now. */
  | { reason: "shop_closed" }
  | { reason: "sold_out"; available: number }
  | { reason: "limit_reached"; limit: number; scope: LimitScope }
  | { reason: "not_on_sale"; opensAtMs: number | null }
  | { reason: "price_changed"; money: Money }
  | { reason: "coupon_invalid" }
  | { reason: "payment_method_unavailable"; methods: string[] }
  | { reason: "variant_invalid"; variants: string[] }
  | { reason: "amount_too_large"; limitMinor: number }
  | { reason: "fields_invalid"; errors: FieldError[] }
  | { reason: "idempotency_key_reused" }
  | { reason: "too_many_requests"; standing: Standing }
  /** A proof of a person is asked for, and was not given or is none. */
  | { reason: "challenge_required"; offer: ChallengeOffer }
  /** What speaks against the order is for the merchant alone. */
  | { reason: "risk_denied" }
  | AdmissionRefusal;
