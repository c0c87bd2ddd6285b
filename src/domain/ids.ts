import { base32, base32Number, parseBase32Number } from "./encoding.ts";

/**
 * Every id names its kind by a prefix. This is their one registry: an id of one kind cannot be
 * passed where another is meant, neither by the compiler nor over HTTP.
 */
declare const kind: unique symbol;
type Id<Kind extends string> = string & { readonly [kind]: Kind };

export type MerchantId = Id<"mer">;
export type ProductId = Id<"prd">;
export type OrderId = Id<"ord">;
export type KeyId = Id<"key">;
export type AccountId = Id<"acct">;
export type TokenId = Id<"tok">;
export type BatchId = Id<"kb">;
export type DeliveryId = Id<"dlv">;
export type NoticeId = Id<"ntc">;
export type RiskListEntryId = Id<"rle">;
export type DropId = Id<"drop">;
export type StatementId = Id<"stm">;
export type RefundId = Id<"rfd">;
export type DisputeId = Id<"dsp">;
export type CodeMailId = Id<"cod">;

const PREFIXES = {
  merchant: "mer",
  product: "prd",
  account: "acct",
  token: "tok",
  batch: "kb",
  notice: "ntc",
  riskListEntry: "rle",
  drop: "drop",
  statement: "stm",
  refund: "rfd",
  dispute: "dsp",
} as const;
interface RandomIds {
  merchant: MerchantId;
  product: ProductId;
  account: AccountId;
  token: TokenId;
  batch: BatchId;
  notice: NoticeId;
  riskListEntry: RiskListEntryId;
  drop: DropId;
  statement: StatementId;
  refund: RefundId;
  dispute: DisputeId;
}

/** Bytes that newId needs: 20 characters of 5 bits. */
export const ID_BYTES = 13;
const RANDOM_CHARACTERS = 20;

/** A new random id. `random` is at least ID_BYTES of entropy from the caller. */
export function newId<K extends keyof RandomIds>(of: K, random: Uint8Array): RandomIds[K] {
  return `${PREFIXES[of]}_${base32(random, RANDOM_CHARACTERS)}` as RandomIds[K];
}

export function isId<K extends keyof RandomIds>(of: K, text: string): text is RandomIds[K] {
  const prefix = `${PREFIXES[of]}_`;
  return text.length === prefix.length + RANDOM_CHARACTERS && text.startsWith(prefix);
}

/**
 * The number of a stock object: its product's, which is global and assigned by D1, and the shard's
 * (domain/product/shards). Six characters of base 32 carry it inside order and key ids, so that neither a
 * notice nor an order page needs a look-up.
 */
const NUMBER_CHARACTERS = 6;
const DIGEST_CHARACTERS = 22;
const CODE_MAIL_CHARACTERS = 22;
const TEST_CHARACTERS = 28;
const ORDER_ID = /^ord_([0-9a-hjkmnp-tv-z]{6})[0-9a-hjkmnp-tv-z]{22}$/;
const KEY_ID = /^key_([0-9a-hjkmnp-tv-z]{6})([0-9a-hjkmnp-tv-z]{1,10})$/;

/**
 * The id of an order: 32 characters of [0-9a-z_], the most that every gateway takes.
 * `digest` is a keyed digest of the idempotency key scoped to e-mail and product (110 bits of it
 * are kept), so that every retry from any edge names the same order and nobody can guess one.
 */
export function orderId(stockNumber: number, digest: Uint8Array): OrderId {
  const number = base32Number(stockNumber, NUMBER_CHARACTERS);
  return `ord_${number}${base32(digest, DIGEST_CHARACTERS)}` as OrderId;
}

/** Where the ids of a stock object's orders lie among all: after the one and before the other. */
export function orderIdRange(stockNumber: number): { after: string; before: string } {
  const prefix = `ord_${base32Number(stockNumber, NUMBER_CHARACTERS)}`;
  return { after: prefix, before: `${prefix}~` };
}

/**
 * What an account is tested under, in the place of an order's id and as long as one: no order has it, so no
 * money under it can pay one.
 */
export function testReference(random: Uint8Array): string {
  return `tst_${base32(random, TEST_CHARACTERS)}`;
}

export function parseOrderId(text: string): { id: OrderId; stockNumber: number } | null {
  const match = ORDER_ID.exec(text);
  const stockNumber = match?.[1] === undefined ? null : parseBase32Number(match[1]);
  return stockNumber === null ? null : { id: text as OrderId, stockNumber };
}

/** The id of a key: its stock object's number and its row there. */
export function keyId(stockNumber: number, row: number): KeyId {
  return `key_${base32Number(stockNumber, NUMBER_CHARACTERS)}${base32Number(row, 10).replace(/^0+(?=.)/, "")}` as KeyId;
}

export function parseKeyId(text: string): { stockNumber: number; row: number } | null {
  const match = KEY_ID.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  const stockNumber = parseBase32Number(match[1]);
  const row = parseBase32Number(match[2]);
  return stockNumber === null || row === null ? null : { stockNumber, row };
}

/** One mail per order, purpose and attempt to send it anew: the dedupe key of a delivery. */
export function deliveryId(order: OrderId, purpose: string, round: number): DeliveryId {
  return `dlv_${order.slice(4)}_${purpose}_${round}` as DeliveryId;
}

/** One mail with a code per request for one: `digest` is keyed, of who asked for what, and when. */
export function codeMailId(digest: string): CodeMailId {
  return `cod_${digest.slice(0, CODE_MAIL_CHARACTERS)}` as CodeMailId;
}
