import type { AuditEntry } from "../domain/audit.ts";
import type { MerchantId, NoticeId } from "../domain/ids.ts";
import type { NoticeJudgement, NoticeRow } from "../domain/notice-row.ts";

/** The inbox's rows, for whoever reads one notice again. */
export interface NoticeBook {
  byId(merchantId: MerchantId, id: NoticeId): Promise<NoticeRow | null>;
  /** What a replay found. Its audit entry is written with it, or neither is. */
  rejudge(id: NoticeId, judgement: NoticeJudgement, audit: AuditEntry): Promise<void>;
}
