import { and, eq } from "drizzle-orm";
import type { AuditEntry } from "../../domain/audit.ts";
import type { MerchantId } from "../../domain/ids.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Decided } from "../../domain/settings/shop-settings.ts";
import { auditIfChanged } from "../audit-log.ts";
import type { Db } from "../db.ts";
import { merchantSettings } from "./settings-schema.ts";

/** Version 0 is a shop that has decided nothing: it has no row. */
export interface SettingsRecord {
  readonly version: number;
  readonly decided: Decided;
  readonly updatedAtMs: number | null;
}

const NOTHING: SettingsRecord = { version: 0, decided: {}, updatedAtMs: null };

export function makeShopSettings(db: Db) {
  return {
    async of(merchantId: MerchantId): Promise<SettingsRecord> {
      const [row] = await db
        .select()
        .from(merchantSettings)
        .where(eq(merchantSettings.merchantId, merchantId));
      return row ?? NOTHING;
    },

    /** Saves on top of the version that was read, or not at all. */
    async save(
      merchantId: MerchantId,
      { version, decided }: Pick<SettingsRecord, "version" | "decided">,
      audit: AuditEntry,
    ): Promise<Result<SettingsRecord, "version_conflict">> {
      const next = { version: version + 1, decided, updatedAtMs: audit.atMs };
      const write =
        version === 0
          ? db
              .insert(merchantSettings)
              .values({ merchantId, ...next })
              .onConflictDoNothing()
              .returning()
          : db
              .update(merchantSettings)
              .set(next)
              .where(
                and(
                  eq(merchantSettings.merchantId, merchantId),
                  eq(merchantSettings.version, version),
                ),
              )
              .returning();
      const [[saved]] = await db.batch([write, auditIfChanged(db, audit)]);
      return saved === undefined ? err("version_conflict") : ok(saved);
    },
  };
}
