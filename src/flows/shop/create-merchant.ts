import type { AuditEntry } from "../../domain/audit.ts";
import { newId, type MerchantId } from "../../domain/ids.ts";
import type { Result } from "../../domain/result.ts";

interface Merchant {
  readonly id: MerchantId;
  readonly slug: string;
  readonly name: string;
  readonly createdAtMs: number;
}

interface Ports {
  readonly merchants: {
    create(row: Merchant, audit: AuditEntry): Promise<Result<Merchant, "slug_taken">>;
  };
}

/** `random` names the merchant: the same bytes again give the merchant that they first made. */
export function createMerchant(
  { merchants }: Ports,
  by: { readonly actor: string; readonly atMs: number },
  { slug, name }: Pick<Merchant, "slug" | "name">,
  random: Uint8Array,
): Promise<Result<Merchant, "slug_taken">> {
  const id = newId("merchant", random);
  return merchants.create(
    { id, slug, name, createdAtMs: by.atMs },
    { ...by, merchantId: id, action: "merchant.create", subject: id, detail: { slug } },
  );
}
