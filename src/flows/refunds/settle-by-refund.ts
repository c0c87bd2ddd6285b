import type { Author } from "../../domain/audit.ts";
import { ID_BYTES, newId, type RefundId } from "../../domain/ids.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { isDispute } from "../../domain/statements/settlement.ts";
import { refundOrder } from "./refund-order.ts";
import type { AuditedRefundPorts, DeskRefundPorts } from "./refund-ports.ts";
import type { Repair, RepairRefusal } from "../statements/settle-finding.ts";
import type { FindingRecord } from "../statements/statement-ports.ts";

type Repaired = Result<null, RepairRefusal>;
const NOTHING: Repaired = err({ reason: "nothing_to_book" });
const REASON = "reconciled with the gateway's statement";

/**
 * Writes down a refund that was made at the gateway's own desk, on the merchant's word. What becomes of the keys
 * is their rule for such refunds.
 */
export async function recordRefund(
  ports: DeskRefundPorts,
  author: Author,
  { finding, note, order }: Repair,
): Promise<Repaired> {
  const { kind, tradeNo, accountId, theirsMinor, refundRef } = finding;
  if (kind !== "missing_here" || isDispute(finding)) return NOTHING;
  if (order === null || tradeNo === null || theirsMinor === null) return NOTHING;
  const keys = (await ports.shopSettings(author.merchantId)).money.deskRefundKeys;
  const sum = { trade_no: tradeNo, amount_minor: theirsMinor };
  const detail = { finding: finding.number, ...sum, keys, note };
  const subject = order.order.id;
  await ports.audit.append({ ...author, action: "order.vouch_refund", subject, detail });
  const begun = await ports.stock.of(order.stockNumber).beginRefund({
    orderId: order.order.id,
    merchantId: author.merchantId,
    refundId: refundIdOf(finding),
    payment: { accountId, tradeNo },
    amountMinor: theirsMinor,
    keys,
    method: "desk",
    reason: note ?? REASON,
    refundNo: refundRef === "" ? null : refundRef,
  });
  return begun.kind === "refund" ? ok(null) : err({ reason: "not_refunded", because: begun.kind });
}

/** Gives back, through the gateway, money that no order could take. */
export async function giveBack(
  ports: AuditedRefundPorts,
  author: Author,
  { finding, note, order }: Repair,
): Promise<Repaired> {
  const { kind, movement, tradeNo, accountId } = finding;
  if (kind !== "other_state" || movement !== "payment") return NOTHING;
  if (order === null || tradeNo === null) return NOTHING;
  const refunded = await refundOrder(ports, author, {
    ...order,
    refundId: refundIdOf(finding),
    payment: { accountId, tradeNo },
    amountMinor: null,
    keys: "keep",
    method: "gateway",
    reason: note ?? REASON,
  });
  if (!refunded.ok) return err({ reason: "not_refunded", because: refunded.error.reason });
  const { state, refusal } = refunded.value.refund;
  // Asked for is enough: the schedule goes on asking, under the same number.
  return state === "refused"
    ? err({ reason: "not_refunded", because: refusal ?? "refused" })
    : ok(null);
}

/** Of a finding there is one refund, at whatever try: its number is made of the finding's. */
function refundIdOf({ statementId, number }: FindingRecord): RefundId {
  const bytes = new Uint8Array(ID_BYTES);
  bytes.set(new TextEncoder().encode(statementId.slice(4 - ID_BYTES)));
  new DataView(bytes.buffer).setUint32(ID_BYTES - 4, number);
  return newId("refund", bytes);
}
