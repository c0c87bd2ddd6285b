import type { AuditEntry } from "../../domain/audit.ts";
import type { MerchantId, NoticeId } from "../../domain/ids.ts";
import type { NoticeJudgement, NoticeRow } from "../../domain/payments/notice-row.ts";

export interface UnheardWindow {
  readonly nowMs: number;
  /** Received at or after. */
  readonly fromMs: number;
  /** Between two looks at one, at the least; a quarter of its age where that is more. */
  readonly againAfterMs: number;
}

/** The inbox's rows, for whoever reads one notice again. */
export interface NoticeBook {
  byId(merchantId: MerchantId, id: NoticeId): Promise<NoticeRow | null>;
  /**
   * Refunds that nothing could be written down of and whose payment is known by now; those that were looked
   * at a short while ago are left alone. Each is given to one, with the time of this look at it.
   */
  claimUnheard(window: UnheardWindow, limit: number): Promise<readonly NoticeRow[]>;
  /** What a replay found. Its audit entry is written with it, or neither is. */
  rejudge(id: NoticeId, judgement: NoticeJudgement, audit: AuditEntry): Promise<void>;
}
