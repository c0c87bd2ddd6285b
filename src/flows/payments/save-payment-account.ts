import type { AuditEntry, Author } from "../../domain/audit.ts";
import { credentialsPurpose } from "../../domain/payments/credentials-purpose.ts";
import { newId, type AccountId, type MerchantId } from "../../domain/ids.ts";
import type { Currency } from "../../domain/money.ts";
import type { BorneBy } from "../../domain/payments/fee.ts";
import type { Surface } from "../../domain/payments/surface.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Vault } from "../ports.ts";

interface Rules {
  readonly method: string | null;
  readonly feeFixedMinor: number;
  readonly feeBasisPoints: number;
  readonly feeBorneBy: BorneBy;
  readonly minMinor: number | null;
  readonly maxMinor: number | null;
  readonly surfaces: Surface[] | null;
  readonly position: number;
  readonly weight: number;
  /** Null: as the gateway's document says. */
  readonly queriesPerMinute: number | null;
}

interface Account extends Rules {
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
  readonly version: number;
  readonly credentialsAtMs: number | null;
}

type Edit = Partial<
  Rules & Pick<Account, "title" | "active" | "sealedCredentials" | "credentialsAtMs">
>;

interface Ports {
  readonly paymentAccountBook: {
    create(row: Account, audit: AuditEntry): Promise<Result<Account, "slug_taken">>;
    edit(
      merchantId: MerchantId,
      account: { readonly id: AccountId; readonly version: number | null },
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
    usualSurfaces(gateway: string, valid: unknown, currency: Currency): Surface[];
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
  | { reason: "version_conflict" }
  | { reason: "limits_crossed" }
  | ({ reason: "credentials_invalid" } & CredentialErrors);

/** What the merchant says of an account besides its credentials; the rest is as it is by default. */
export type RulesGiven = { readonly [Name in keyof Rules]?: Rules[Name] | undefined };

export interface NewAccount extends Pick<
  Account,
  "slug" | "title" | "gateway" | "currency" | "active"
> {
  readonly rules: RulesGiven;
  readonly credentials: unknown;
}

const DEFAULT_RULES: Rules = {
  method: null,
  feeFixedMinor: 0,
  feeBasisPoints: 0,
  feeBorneBy: "merchant",
  minMinor: null,
  maxMinor: null,
  surfaces: null,
  position: 0,
  weight: 1,
  queriesPerMinute: null,
};

/**
 * `random` names the account: the same bytes again give the account that they first made. Where the
 * merchant does not say where it is offered, it is wherever its gateway's cashier works.
 */
export async function createPaymentAccount(
  ports: Ports,
  author: Author,
  { credentials, rules: given, ...account }: NewAccount,
  random: Uint8Array,
): Promise<Result<Account, AccountRefusal>> {
  const id = newId("account", random);
  const { gateway, currency } = account;
  const valid = ports.paymentAccounts.validateCredentials(gateway, credentials, currency);
  if (!valid.ok) return err({ reason: "credentials_invalid", errors: valid.error.errors });
  const usual = ports.paymentAccounts.usualSurfaces(gateway, valid.value, currency);
  const rules: Rules = { ...DEFAULT_RULES, surfaces: usual, ...said(given) };
  if (areCrossed(rules)) return err({ reason: "limits_crossed" });
  const sealedCredentials = await sealed(ports, id, valid.value);
  const { merchantId, atMs } = author;
  const times = { createdAtMs: atMs, updatedAtMs: atMs, credentialsAtMs: atMs };
  const row = { ...account, ...rules, id, merchantId, sealedCredentials, version: 1, ...times };
  const detail = { slug: account.slug, gateway };
  const audit = { ...author, action: "payment_account.create", subject: id, detail };
  const created = await ports.paymentAccountBook.create(row, audit);
  ports.catalog.forget();
  return created.ok ? created : err({ reason: created.error });
}

export interface AccountEdit {
  readonly title?: string | undefined;
  readonly active?: boolean | undefined;
  readonly rules: RulesGiven;
  /** All of them anew: nobody can read the old ones to change a part. */
  readonly credentials?: unknown;
}

/** `version` is what the editor has read; null: whichever it has. */
export async function editPaymentAccount(
  ports: Ports,
  author: Author,
  { account, version }: { readonly account: Account; readonly version: number | null },
  { title, active, rules, credentials }: AccountEdit,
): Promise<Result<Account, AccountRefusal>> {
  const edit: { -readonly [Name in keyof Edit]: Edit[Name] } = said(rules);
  if (areCrossed({ ...account, ...edit })) return err({ reason: "limits_crossed" });
  if (title !== undefined) edit.title = title;
  if (active !== undefined) edit.active = active;
  if (credentials !== undefined) {
    const valid = ports.paymentAccounts.validateCredentials(account.gateway, credentials);
    if (!valid.ok) return err({ reason: "credentials_invalid", errors: valid.error.errors });
    edit.sealedCredentials = await sealed(ports, account.id, valid.value);
    edit.credentialsAtMs = author.atMs;
  }
  // Names only: what credentials were given is nobody's to read.
  const detail = { fields: Object.keys(edit) };
  const audit = { ...author, action: "payment_account.edit", subject: account.id, detail };
  const at = { id: account.id, version };
  const saved = await ports.paymentAccountBook.edit(author.merchantId, at, edit, audit);
  ports.catalog.forget();
  return saved === null ? err({ reason: "version_conflict" }) : ok(saved);
}

/** Without what was not said. */
function said(rules: RulesGiven): Partial<Rules> {
  const entries = Object.entries(rules).filter(([, value]) => value !== undefined);
  // Each value is that of its name: nothing but the undefined ones is gone.
  return Object.fromEntries(entries) as Partial<Rules>;
}

function areCrossed({ minMinor, maxMinor }: Pick<Rules, "minMinor" | "maxMinor">): boolean {
  return minMinor !== null && maxMinor !== null && minMinor > maxMinor;
}

/** Credentials open for their own account only. */
function sealed({ vault }: Ports, id: AccountId, valid: unknown): Promise<string> {
  return vault.sealText(credentialsPurpose(id), JSON.stringify(valid));
}
