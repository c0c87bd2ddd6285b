import { EMAIL_CHARACTERS_MAX } from "../../src/domain/email.ts";
import { feeRule } from "../../src/domain/payments/fee.ts";
import { QUANTITY_MAX } from "../../src/domain/product/terms.ts";
import type { Payment } from "../../src/domain/payments/payment.ts";
import {
  RESERVE_BATCH_MAX,
  type FulfilRequest,
  type ReserveRequest,
  type SealedKey,
} from "./contract.ts";
import type { BeginRefund } from "./refund-contract.ts";
import { PAYMENT_BATCH_MAX, type PaymentReport } from "./payment-contract.ts";
import { IMPORT_BATCH_MAX, type KeyImport } from "./import-contract.ts";
import {
  SPARE_MAX,
  type KeyRegistration,
  type SpareQuery,
  type Transfer,
} from "./shard-contract.ts";

/**
 * What comes over RPC is ours, and typed; what a bug of ours could still send, and would corrupt
 * the books, stops here with an error. These are no refusals: a caller never shows them to anyone.
 */
const ID_CHARACTERS_MAX = 64;
const SEALED_CHARACTERS_MAX = 65_536;
const FINGERPRINT_CHARACTERS_MAX = 128;
const NOTE_CHARACTERS_MAX = 4_096;
const FIELDS_CHARACTERS_MAX = 65_536;
const RISK_CHARACTERS_MAX = 8_192;

export function checkReserve(requests: readonly ReserveRequest[]): void {
  must(requests.length <= RESERVE_BATCH_MAX, "reserve: too many requests");
  for (const request of requests) {
    checkId(request.orderId, "reserve: order id");
    must(request.bodyHash.length > 0, "reserve: no body hash");
    checkCount(request.quantity, 1, QUANTITY_MAX, "reserve: quantity");
    checkCount(request.amountMinor, 0, Number.MAX_SAFE_INTEGER, "reserve: amount");
    must(request.fee === undefined || feeRule.safeParse(request.fee).success, "reserve: fee");
    must(
      request.email.length > 0 && request.email.length <= EMAIL_CHARACTERS_MAX,
      "reserve: e-mail",
    );
    must(JSON.stringify(request.fields).length <= FIELDS_CHARACTERS_MAX, "reserve: fields");
    checkKeys(request.minted, QUANTITY_MAX);
    must(JSON.stringify(request.risk ?? null).length <= RISK_CHARACTERS_MAX, "reserve: risk");
    if (request.network !== undefined) checkId(request.network, "reserve: network");
    if (request.ticket !== undefined) {
      checkId(request.ticket.dropId, "reserve: drop");
      checkId(request.ticket.identity, "reserve: identity");
    }
  }
}

export function checkPayment({ orderId, money }: Payment): void {
  checkId(orderId, "payment: order id");
  checkCount(money.amountMinor, 0, Number.MAX_SAFE_INTEGER, "payment: amount");
}

export function checkPayments(reports: readonly PaymentReport[]): void {
  must(reports.length <= PAYMENT_BATCH_MAX, "payments: too many");
  for (const { payment } of reports) checkPayment(payment);
}

export function checkFulfil({ orderId, requestId, keys }: FulfilRequest): void {
  checkId(orderId, "fulfil: order id");
  must(requestId.length > 0, "fulfil: request id");
  checkKeys(keys, QUANTITY_MAX);
}

export function checkRefund({ orderId, refundId, amountMinor, reason }: BeginRefund): void {
  checkId(orderId, "refund: order id");
  checkId(refundId, "refund: id");
  if (amountMinor !== null) checkCount(amountMinor, 1, Number.MAX_SAFE_INTEGER, "refund: amount");
  must(reason.length <= NOTE_CHARACTERS_MAX, "refund: reason");
}

export function checkImport({ batchId, part, keys }: KeyImport): void {
  checkId(batchId, "import: batch id");
  checkId(part, "import: part");
  checkKeys(keys, IMPORT_BATCH_MAX);
}

export function checkWanted({ quantity }: SpareQuery): void {
  checkCount(quantity, 1, SPARE_MAX, "shards: quantity");
}

export function checkTransfer({ from, number, keys }: Transfer): void {
  checkCount(from, 1, Number.MAX_SAFE_INTEGER, "transfer: from");
  checkCount(number, 1, Number.MAX_SAFE_INTEGER, "transfer: number");
  checkKeys(keys, SPARE_MAX);
}

export function checkRegistration({ orderId, keys }: KeyRegistration): void {
  checkId(orderId, "register: order id");
  checkKeys(keys, QUANTITY_MAX);
}

export function checkPage(limit: number): void {
  checkCount(limit, 1, Number.MAX_SAFE_INTEGER, "page: limit");
}

export function checkList(length: number, most: number): void {
  must(length <= most, "too many ids");
}

function checkKeys(keys: readonly SealedKey[], most: number): void {
  must(keys.length <= most, "too many keys");
  for (const key of keys) {
    must(key.sealed.length > 0 && key.sealed.length <= SEALED_CHARACTERS_MAX, "key: sealed");
    must(
      key.fingerprint.length > 0 && key.fingerprint.length <= FINGERPRINT_CHARACTERS_MAX,
      "key: fingerprint",
    );
    must((key.note?.length ?? 0) <= NOTE_CHARACTERS_MAX, "key: note");
    // "" is the pool of no variant: a variant of that name would be a second word for it.
    must(key.variantId !== "", "key: variant");
    must(key.expiresAtMs === null || Number.isSafeInteger(key.expiresAtMs), "key: expiry");
    must(key.costMinor === null || Number.isSafeInteger(key.costMinor), "key: cost");
  }
}

function checkId(id: string, what: string): void {
  must(id.length > 0 && id.length <= ID_CHARACTERS_MAX, what);
}

function checkCount(value: number, least: number, most: number, what: string): void {
  must(Number.isSafeInteger(value) && value >= least && value <= most, what);
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new TypeError(`the caller has a bug: ${what}`);
}
