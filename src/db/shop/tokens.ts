import { and, asc, eq, gt, isNull, lt, or } from "drizzle-orm";
import type { AuditEntry } from "../../domain/audit.ts";
import type { MerchantId, TokenId } from "../../domain/ids.ts";
import { auditIfChanged } from "../audit-log.ts";
import type { Db } from "../db.ts";
import { tokens } from "../schema.ts";

/** A token as it is kept: by its hash. The token itself was shown once and is nowhere. */
export type TokenRow = typeof tokens.$inferSelect;

export function makeTokens(db: Db) {
  const mine = (merchantId: MerchantId, id: TokenId) =>
    and(eq(tokens.merchantId, merchantId), eq(tokens.id, id));

  return {
    /** By SHA-256 (hex). Revoked and expired ones too: judging them is the caller's. */
    async byHash(hash: string): Promise<TokenRow | null> {
      const [row] = await db.select().from(tokens).where(eq(tokens.hash, hash));
      return row ?? null;
    },

    async create(row: TokenRow, audit: AuditEntry): Promise<void> {
      await db.batch([db.insert(tokens).values(row), auditIfChanged(db, audit)]);
    },

    /** By id, from after `afterId`; revoked ones too. */
    list: (merchantId: MerchantId, afterId: string, limit: number): Promise<TokenRow[]> =>
      db
        .select()
        .from(tokens)
        .where(and(eq(tokens.merchantId, merchantId), gt(tokens.id, afterId as TokenId)))
        .orderBy(asc(tokens.id))
        .limit(limit),

    /** Final, and the first time stands. Null where this merchant has no such token. */
    async revoke(merchantId: MerchantId, id: TokenId, audit: AuditEntry): Promise<TokenRow | null> {
      const [, , [row]] = await db.batch([
        db
          .update(tokens)
          .set({ revokedAtMs: audit.atMs })
          .where(and(mine(merchantId, id), isNull(tokens.revokedAtMs))),
        auditIfChanged(db, audit),
        db.select().from(tokens).where(mine(merchantId, id)),
      ]);
      return row ?? null;
    },

    /** Notes a use; the guard keeps many isolates from writing the same minute over and over. */
    async noteUse(id: TokenId, nowMs: number, unlessSinceMs: number): Promise<void> {
      const stale = or(isNull(tokens.lastUsedAtMs), lt(tokens.lastUsedAtMs, unlessSinceMs));
      await db
        .update(tokens)
        .set({ lastUsedAtMs: nowMs })
        .where(and(eq(tokens.id, id), stale));
    },
  };
}
