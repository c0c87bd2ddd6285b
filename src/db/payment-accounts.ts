import { and, asc, eq, gt } from "drizzle-orm";
import type { AuditEntry } from "../domain/audit.ts";
import type { AccountId, MerchantId } from "../domain/ids.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { auditIfChanged } from "./audit-log.ts";
import type { Db } from "./db.ts";
import { paymentAccounts } from "./schema.ts";

/** An account as the merchant keeps it. Its credentials are sealed. */
export type PaymentAccountRow = typeof paymentAccounts.$inferSelect;

export type PaymentAccountEdit = Partial<
  Pick<PaymentAccountRow, "title" | "active" | "sealedCredentials">
>;

export function makePaymentAccountBook(db: Db) {
  return {
    /** Whoever's it is: a notice's address names an account and no merchant. */
    async byId(id: AccountId): Promise<PaymentAccountRow | null> {
      const [row] = await db.select().from(paymentAccounts).where(eq(paymentAccounts.id, id));
      return row ?? null;
    },

    /** By id, from after `afterId`. */
    list: (merchantId: MerchantId, afterId: string, limit: number): Promise<PaymentAccountRow[]> =>
      db
        .select()
        .from(paymentAccounts)
        .where(
          and(
            eq(paymentAccounts.merchantId, merchantId),
            gt(paymentAccounts.id, afterId as AccountId),
          ),
        )
        .orderBy(asc(paymentAccounts.id))
        .limit(limit),

    /** The same id again is the same account: whoever retries gets it back. */
    async create(
      row: PaymentAccountRow,
      audit: AuditEntry,
    ): Promise<Result<PaymentAccountRow, "slug_taken">> {
      const [, , [found]] = await db.batch([
        db.insert(paymentAccounts).values(row).onConflictDoNothing(),
        auditIfChanged(db, audit),
        db.select().from(paymentAccounts).where(eq(paymentAccounts.id, row.id)),
      ]);
      return found === undefined ? err("slug_taken") : ok(found);
    },

    /** Null where this merchant has no such account. */
    async edit(
      merchantId: MerchantId,
      id: AccountId,
      edit: PaymentAccountEdit,
      audit: AuditEntry,
    ): Promise<PaymentAccountRow | null> {
      const [[saved]] = await db.batch([
        db
          .update(paymentAccounts)
          .set({ ...edit, updatedAtMs: audit.atMs })
          .where(and(eq(paymentAccounts.merchantId, merchantId), eq(paymentAccounts.id, id)))
          .returning(),
        auditIfChanged(db, audit),
      ]);
      return saved ?? null;
    },
  };
}
