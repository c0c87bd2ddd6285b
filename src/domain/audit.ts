import type { MerchantId } from "./ids.ts";

/** Who is acting, and when: what every write of the merchant's side takes along. */
export interface Author {
  readonly merchantId: MerchantId;
  /** A token's id, or "operator". */
  readonly actor: string;
  readonly atMs: number;
}

/** Who did what to which thing. `detail` holds facts (ids, counts, names of fields), never a secret. */
export interface AuditEntry extends Author {
  readonly action: string;
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
