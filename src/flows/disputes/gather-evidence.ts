import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import type { Author } from "../../domain/audit.ts";
import type { AuditEntry } from "../../domain/audit.ts";
import type { Dispute } from "../../domain/payments/dispute.ts";
import type { Evidence, EvidenceMail } from "../../domain/payments/evidence.ts";
import { parseOrderId, type MerchantId, type OrderId } from "../../domain/ids.ts";
import { maskKey } from "../../domain/keys/mask-key.ts";
import type { NoticeRow } from "../../domain/payments/notice-row.ts";
import type { VisitLog } from "./dispute-ports.ts";
import type { StockObjects, Vault } from "../ports.ts";

export interface EvidencePorts {
  readonly stock: StockObjects;
  readonly vault: Pick<Vault, "openKey">;
  readonly visits: VisitLog;
  readonly deliveries: { ofOrder(id: OrderId): Promise<readonly EvidenceMail[]> };
  readonly noticeBook: { list(query: NoticeSearch): Promise<NoticeRow[]> };
  readonly audit: { append(entry: AuditEntry): Promise<void> };
}

interface NoticeSearch {
  readonly merchantId: MerchantId;
  readonly tradeNo: string;
  readonly limit: number;
}

/** Of one payment there are a few notices; more than this says nothing more. */
const NOTICES_MAX = 50;

/**
 * All that we know of a disputed payment, for its gateway to read: what was ordered and paid, what was sent, and who
 * was shown which key when and from where. It names the buyer and where they were, so that it was gathered is in the
 * audit log before anybody reads it. Keys are masked: a pack is sent to strangers.
 */
export async function gatherEvidence(
  ports: EvidencePorts,
  author: Author,
  dispute: Dispute,
): Promise<Evidence> {
  const { orderId, tradeNo, merchantId } = dispute;
  const detail = { order_id: orderId };
  await ports.audit.append({ ...author, action: "dispute.evidence", subject: dispute.id, detail });
  const parsed = orderId === null ? null : parseOrderId(orderId);
  const [found, notices] = await Promise.all([
    parsed === null ? null : ports.stock.of(parsed.stockNumber).order(parsed.id),
    ports.noticeBook.list({ merchantId, tradeNo, limit: NOTICES_MAX }),
  ]);
  // A gateway may name any order: another merchant's is not shown.
  const order = found?.merchantId === merchantId ? found : null;
  const [keys, visits, mails] =
    order === null
      ? [[], [], []]
      : await Promise.all([
          maskedKeys(ports, order),
          ports.visits.ofOrder(order.id),
          ports.deliveries.ofOrder(order.id),
        ]);
  const told = notices.map(
    ({ tradeNo: number, verdict, receivedAtMs, lastReceivedAtMs, times }) => ({
      tradeNo: number,
      verdict,
      receivedAtMs,
      lastReceivedAtMs,
      times,
    }),
  );
  return { dispute, order, keys, visits, mails, notices: told, gatheredAtMs: author.atMs };
}

function maskedKeys({ vault }: EvidencePorts, order: OrderSnapshot): Promise<Evidence["keys"]> {
  return Promise.all(
    order.keys.map(async (key) => ({
      id: key.id,
      masked: maskKey(await vault.openKey(order.productId, key)),
    })),
  );
}
