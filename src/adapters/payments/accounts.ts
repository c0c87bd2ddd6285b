import { credentialsPurpose } from "../../domain/payments/credentials-purpose.ts";
import type { AccountId, MerchantId } from "../../domain/ids.ts";
import { Memo } from "../../domain/memory/memo.ts";
import type { Currency } from "../../domain/money.ts";
import { SURFACES, type Surface } from "../../domain/payments/surface.ts";
import { patiently, type Patience } from "../../domain/overload/patience.ts";
import { Unavailable } from "../../domain/overload/unavailable.ts";
import { err, type Result } from "../../domain/result.ts";
import type { PaymentAccount, PaymentAccounts } from "../../flows/payments/payment-ports.ts";
import type { Vault } from "../../flows/ports.ts";
import type { CredentialErrors, GatewayWorld } from "./gateway.ts";
import { GATEWAY_NAMES, gatewayKind } from "./registry.ts";

/** An account as the book keeps it: all that opening it needs. */
export interface SealedAccount {
  readonly id: AccountId;
  readonly merchantId: MerchantId;
  readonly gateway: string;
  readonly currency: Currency;
  readonly sealedCredentials: string;
  readonly queriesPerMinute: number | null;
}

export interface SealedAccounts {
  byId(id: AccountId): Promise<SealedAccount | null>;
}

export interface OpenedAccounts extends PaymentAccounts {
  /** As the book has it at this moment: for whoever has just corrected it. */
  accountNow(id: AccountId): Promise<PaymentAccount | null>;
  /**
   * Credentials as they are to be sealed and kept, or what is wrong with them; of a new account also
   * whether its gateway charges in that currency.
   */
  validateCredentials(
    gateway: string,
    value: unknown,
    currency?: Currency,
  ): Result<unknown, CredentialErrors>;
  /** Where an account with these credentials, which were found valid, can be paid by. */
  usualSurfaces(gateway: string, valid: unknown, currency: Currency): Surface[];
}

/** How long an account is used as it was read: an edit is felt everywhere after this. */
const FRESH_MS = 5_000;
/** How long "no such account" is believed. */
const ABSENT_MS = 2_000;
/** While one request reads an account again, the others go on with what was true a moment ago. */
const REFRESH_MS = 1_000;
/** Accounts an isolate keeps open. Absent ids have a room of their own, so that a flood of invented ones pushes out nobody. */
const OPENED_MAX = 500;
const ABSENT_MAX = 1_000;

interface Opened {
  readonly account: PaymentAccount;
  readonly sealed: SealedAccount;
}

/**
 * Accounts at work, remembered by the isolate, so that a notice costs no read of D1. While D1 cannot
 * be read, or not soon, an account that was read before goes on working as it was: the sale does too.
 */
export function makePaymentAccounts(
  book: SealedAccounts,
  vault: Pick<Vault, "openText">,
  world: GatewayWorld,
  patience: Patience,
): OpenedAccounts {
  const { clock } = world;
  const opened = new Memo<Opened>(OPENED_MAX);
  const absent = new Memo<true>(ABSENT_MAX);

  function refresh(id: AccountId, known: Opened): Promise<PaymentAccount | null> {
    opened.set(id, known, clock.nowMs() + REFRESH_MS);
    return patiently(readAgain(id, known), known.account, patience);
  }

  async function readAgain(id: AccountId, known: Opened): Promise<PaymentAccount | null> {
    let sealed: SealedAccount | null;
    try {
      sealed = await book.byId(id);
    } catch {
      // The book is down and this account was good a moment ago. The next second asks again.
      return known.account;
    }
    return remember(id, sealed, known);
  }

  async function remember(
    id: AccountId,
    sealed: SealedAccount | null,
    known: Opened | undefined,
  ): Promise<PaymentAccount | null> {
    if (sealed === null) {
      opened.delete(id);
      absent.set(id, true, clock.nowMs() + ABSENT_MS);
      return null;
    }
    const same = known !== undefined && sameAccount(known.sealed, sealed);
    const account = same ? known.account : await openAccount(vault, sealed, world);
    opened.set(id, { account, sealed }, clock.nowMs() + FRESH_MS);
    return account;
  }

  return {
    async account(id) {
      const nowMs = clock.nowMs();
      const fresh = opened.get(id, nowMs);
      if (fresh !== undefined) return fresh.account;
      const known = opened.stale(id);
      if (known !== undefined) return refresh(id, known);
      if (absent.get(id, nowMs)) return null;
      return remember(id, await book.byId(id).catch(unavailable), undefined);
    },
    accountNow: async (id) =>
      remember(id, await book.byId(id).catch(unavailable), opened.stale(id)),
    validateCredentials: (gateway, value, currency) =>
      validateCredentials({ gateway, value, currency }, world),
    usualSurfaces(gateway, valid, currency) {
      const made = gatewayKind(gateway)?.make(valid, currency, world);
      if (made === undefined) return [...SURFACES];
      const { devices, shutOutBy = [] } = made.capabilities;
      const without: Surface[] = [...shutOutBy];
      for (const device of ["desktop", "phone"] as const) {
        if (!devices.includes(device)) without.push(device);
      }
      return SURFACES.filter((surface) => !without.includes(surface));
    },
  };
}

interface Given {
  readonly gateway: string;
  readonly value: unknown;
  readonly currency: Currency | undefined;
}

function validateCredentials(
  { gateway, value, currency }: Given,
  world: GatewayWorld,
): Result<unknown, CredentialErrors> {
  const kind = gatewayKind(gateway);
  if (kind === null) {
    const message = `must be one of: ${GATEWAY_NAMES.join(", ")}`;
    return err({ errors: [{ path: "gateway", message }] });
  }
  const checked = kind.check(value, world);
  if (!checked.ok || currency === undefined) return checked;
  const { currencies } = kind.make(checked.value, currency, world).capabilities;
  if (currencies === null || currencies.includes(currency)) return checked;
  const message = `this gateway charges in: ${currencies.join(", ")}`;
  return err({ errors: [{ path: "currency", message }] });
}

async function openAccount(
  vault: Pick<Vault, "openText">,
  sealed: SealedAccount,
  world: GatewayWorld,
): Promise<PaymentAccount> {
  const { id, merchantId, currency } = sealed;
  const kind = gatewayKind(sealed.gateway);
  if (kind === null) throw new Error(`account ${id} names an unknown gateway`);
  const text = await vault.openText(credentialsPurpose(id), sealed.sealedCredentials);
  const { queriesPerMinute } = sealed;
  return {
    id,
    merchantId,
    queriesPerMinute,
    gateway: kind.make(JSON.parse(text), currency, world),
  };
}

function sameAccount(a: SealedAccount, b: SealedAccount): boolean {
  return (
    a.sealedCredentials === b.sealedCredentials &&
    a.gateway === b.gateway &&
    a.currency === b.currency &&
    a.queriesPerMinute === b.queriesPerMinute &&
    a.merchantId === b.merchantId
  );
}

/** Nothing is wrong with the request, and nothing was ever known to go on with. */
function unavailable(cause: unknown): never {
  throw new Unavailable("payment accounts", 1, { cause });
}
