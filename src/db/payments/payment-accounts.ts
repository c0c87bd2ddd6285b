import { and, asc, eq, gt, sql } from "drizzle-orm";
import type { AuditEntry } from "../../domain/audit.ts";
import type { AccountId, MerchantId } from "../../domain/ids.ts";
import type { AccountRules, PayableAccount } from "../../domain/payments/choice.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { paymentAccounts } from "./accounts-schema.ts";
import { auditIfChanged } from "../audit-log.ts";
import type { Db } from "../db.ts";

/** An account as the merchant keeps it. Its credentials are sealed. */
export type PaymentAccountRow = typeof paymentAccounts.$inferSelect;

export type PaymentAccountEdit = Partial<
  Omit<PaymentAccountRow, "id" | "merchantId" | "slug" | "gateway" | "currency" | "version">
>;

/** The merchant's rules, as the choice of an account takes them. */
function accountRules(row: PaymentAccountRow): AccountRules {
  const { slug, feeFixedMinor, feeBasisPoints, feeBorneBy } = row;
  const { minMinor, maxMinor, surfaces, position, weight } = row;
  const fee = { fixedMinor: feeFixedMinor, basisPoints: feeBasisPoints };
  const method = row.method ?? slug;
  return { method, fee, feeBorneBy, minMinor, maxMinor, surfaces, position, weight };
}

export function payableAccount(row: PaymentAccountRow): PayableAccount {
  const { id, slug, title, gateway, currency } = row;
  return { ...accountRules(row), id, slug, title, gateway, currency, failing: false };
}

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

    /**
     * Null where this merchant has no such account, or it has another version by now; `version` null
     * is whichever it has.
     */
    async edit(
      merchantId: MerchantId,
      { id, version }: { readonly id: AccountId; readonly version: number | null },
      edit: PaymentAccountEdit,
      audit: AuditEntry,
    ): Promise<PaymentAccountRow | null> {
      const [[saved]] = await db.batch([
        db
          .update(paymentAccounts)
          .set({ ...edit, updatedAtMs: audit.atMs, version: sql`${paymentAccounts.version} + 1` })
          .where(
            and(
              eq(paymentAccounts.merchantId, merchantId),
              eq(paymentAccounts.id, id),
              version === null ? undefined : eq(paymentAccounts.version, version),
            ),
          )
          .returning(),
        auditIfChanged(db, audit),
      ]);
      return saved ?? null;
    },
  };
}
