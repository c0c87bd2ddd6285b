import { isHeldBack } from "../../src/domain/payments/dispute.ts";
import { parseKeyId } from "../../src/domain/ids.ts";
import type { ArchivedOrder, RestoreOutcome } from "./archive-contract.ts";
import type { OrderSnapshot } from "./contract.ts";
import { saveDispute } from "./disputes.ts";
import type { Ledger } from "./ledger.ts";
import { findOrder, insertOrder } from "./orders.ts";
import { insertRefund } from "./refunds.ts";
import type { OrderRow } from "./rows.ts";
import { SQL } from "./statements.ts";
import { aliasOf } from "./buyer.ts";
import { findTombstone } from "./tombstones.ts";

/**
 * Puts an order back as it left, so that what came for it is judged by the normal rules. Only its own
 * tombstone lets it in: a record of another version would undo what happened since.
 */
export function restore(ledger: Ledger, archived: ArchivedOrder): RestoreOutcome {
  const { order, bodyHash } = archived;
  if (findOrder(ledger, order.id) !== null) return { kind: "present" };
  const left = findTombstone(ledger, order.id);
  if (left?.version !== order.version || left.body_hash !== bodyHash) return { kind: "refused" };

  ledger.sql.run(SQL.unbury, order.id, order.version);
  insertOrder(ledger, toRow(archived));
  ledger.sql.run(
    SQL.restoreVersion,
    order.id,
    order.version,
    archived.fulfilRequest,
    order.stoppedAtMs ?? null,
  );
  for (const payment of order.payments) {
    const { accountId, tradeNo, money, verdict, source, atMs } = payment;
    const { amountMinor, currency } = money;
    ledger.sql.run(SQL.unspendTrade, accountId, tradeNo, order.id);
    ledger.sql.run(
      SQL.recordPayment,
      order.id,
      accountId,
      tradeNo,
      amountMinor,
      currency,
      verdict,
      source,
      atMs,
    );
  }
  for (const refund of order.refunds ?? []) insertRefund(ledger, order.id, refund);
  for (const dispute of order.disputes ?? []) saveDispute(ledger, order.id, dispute);
  if (isHeldBack(order)) ledger.sql.run(SQL.holdBack, order.id, 1);
  restoreKeys(ledger, order);
  return { kind: "restored" };
}

/** All of them, each onto the row that it left, or an error that undoes the transaction. */
function restoreKeys(ledger: Ledger, { id, keys }: OrderSnapshot): void {
  if (keys.length === 0) return;
  const given = keys.map(({ id: keyId, sealed, fingerprint, note }) => ({
    row: parseKeyId(keyId)?.row,
    sealed,
    fingerprint,
    note,
  }));
  const restored = ledger.sql.run(SQL.restoreKeys, JSON.stringify(given), id);
  if (restored !== keys.length) throw new Error(`order ${id}: ${restored} of its keys came back`);
}

function toRow({ order, bodyHash, fulfilRequest }: ArchivedOrder): OrderRow {
  return {
    id: order.id,
    version: order.version,
    state: order.state,
    body_hash: bodyHash,
    merchant_id: order.merchantId,
    product_id: order.productId,
    product_title: order.productTitle,
    delivery: order.delivery,
    variant_id: order.variantId,
    variant_title: order.variantTitle,
    quantity: order.quantity,
    unit_price_minor: order.unitPriceMinor,
    amount_minor: order.amountMinor,
    discount_minor: order.discountMinor,
    currency: order.currency,
    email: order.email,
    locale: order.locale,
    fields: JSON.stringify(order.fields),
    lookup_hash: order.lookupHash,
    payment_account_id: order.paymentAccountId,
    payment_method: order.paymentMethod,
    placed_at_ms: order.placedAtMs,
    expires_at_ms: order.expiresAtMs,
    paid_at_ms: order.paidAtMs,
    delivered_at_ms: order.deliveredAtMs,
    fulfil_request: fulfilRequest,
    history: JSON.stringify(order.history),
    buyer: aliasOf(order.email),
    // Only holds have one, and no hold is in the archive.
    network: null,
    risk: order.risk ? JSON.stringify(order.risk) : null,
    review: order.review ?? null,
    fee_minor: order.feeMinor ?? 0,
    // Only pending orders are, and none of them is in the archive.
    reroutable: 0,
    held_back: 0,
    stopped_at_ms: order.stoppedAtMs ?? null,
  };
}
