import type { AuditEntry, Author } from "../domain/audit.ts";
import { credentialsPurpose } from "../domain/credentials-purpose.ts";
import { newId, type AccountId, type MerchantId } from "../domain/ids.ts";
import type { Currency } from "../domain/money.ts";
import { err, ok, type Result } from "../domain/result.ts";
import type { Vault } from "./ports.ts";

interface Account {
  readonly id: AccountId;
  readonly merchantId: MerchantId;
  readonly slug: string;
  readonly title: string;
  readonly gateway: string;
  readonly currency: Currency;
  readonly sealedCredentials: string;
  readonly active: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

type Edit = Partial<Pick<Account, "title" | "active" | "sealedCredentials">>;

interface Ports {
  readonly paymentAccountBook: {
    create(row: Account, audit: AuditEntry): Promise<Result<Account, "slug_taken">>;
    edit(
      merchantId: MerchantId,
      id: AccountId,
      edit: Edit,
      audit: AuditEntry,
    ): Promise<Account | null>;
  };
  readonly paymentAccounts: {
    validateCredentials(
      gateway: string,
      value: unknown,
      currency?: Currency,
    ): Result<unknown, CredentialErrors>;
  };
  readonly catalog: { forget(): void };
  readonly vault: Pick<Vault, "sealText">;
}

/** What is wrong where; never the values, which are secret. */
interface CredentialErrors {
  readonly errors: readonly { path: string; message: string }[];
}

export type AccountRefusal =
  | { reason: "slug_taken" }
  | ({ reason: "credentials_invalid" } & CredentialErrors);

export interface NewAccount extends Pick<
  Account,
  "slug" | "title" | "gateway" | "currency" | "active"
> {
  readonly credentials: unknown;
}

/** `random` names the account: the same bytes again give the account that they first made. */
export async function createPaymentAccount(
  ports: Ports,
  author: Author,
  { credentials, ...account }: NewAccount,
  random: Uint8Array,
): Promise<Result<Account, AccountRefusal>> {
  const id = newId("account", random);
  const sealed = await sealCredentials(ports, { ...account, id }, credentials);
  if (!sealed.ok) return sealed;
  const { merchantId, atMs } = author;
  const times = { createdAtMs: atMs, updatedAtMs: atMs };
  const row = { ...account, id, merchantId, sealedCredentials: sealed.value, ...times };
  const detail = { slug: account.slug, gateway: account.gateway };
  const audit = { ...author, action: "payment_account.create", subject: id, detail };
  const created = await ports.paymentAccountBook.create(row, audit);
  ports.catalog.forget();
  return created.ok ? created : err({ reason: created.error });
}

export interface AccountEdit {
  readonly title?: string | undefined;
  readonly active?: boolean | undefined;
  /** All of them anew: nobody can read the old ones to change a part. */
  readonly credentials?: unknown;
}

export async function editPaymentAccount(
  ports: Ports,
  author: Author,
  account: Pick<Account, "id" | "gateway">,
  { title, active, credentials }: AccountEdit,
): Promise<Result<Account | null, AccountRefusal>> {
  const edit: { -readonly [Name in keyof Edit]: Edit[Name] } = {};
  if (title !== undefined) edit.title = title;
  if (active !== undefined) edit.active = active;
  if (credentials !== undefined) {
    const sealed = await sealCredentials(ports, account, credentials);
    if (!sealed.ok) return sealed;
    edit.sealedCredentials = sealed.value;
  }
  const detail = { fields: Object.keys(edit) };
  const audit = { ...author, action: "payment_account.edit", subject: account.id, detail };
  const { merchantId } = author;
  const saved = await ports.paymentAccountBook.edit(merchantId, account.id, edit, audit);
  ports.catalog.forget();
  return ok(saved);
}

/** Credentials open for their own account only. */
async function sealCredentials(
  { paymentAccounts, vault }: Ports,
  { id, gateway, currency }: Pick<Account, "id" | "gateway"> & Partial<Pick<Account, "currency">>,
  credentials: unknown,
): Promise<Result<string, AccountRefusal>> {
  const valid = paymentAccounts.validateCredentials(gateway, credentials, currency);
  if (!valid.ok) return err({ reason: "credentials_invalid", errors: valid.error.errors });
  return ok(await vault.sealText(credentialsPurpose(id), JSON.stringify(valid.value)));
}
