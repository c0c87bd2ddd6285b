import type { AccountId, OrderId } from "../ids.ts";
import { AMOUNT_MINOR_MAX, type Currency } from "../money.ts";
import { feeOf, NO_FEE, type BorneBy, type FeeRule } from "./fee.ts";
import { chargesIn, sumRuleOf, unfitSum } from "./sums.ts";
import type { Surface } from "./surface.ts";

/** A merchant's rules for one account. Sums in minor units of the account's currency. */
export interface AccountRules {
  /** What a buyer names as payment method; several accounts may share it. */
  readonly method: string;
  readonly fee: FeeRule;
  readonly feeBorneBy: BorneBy;
  /** Of what the buyer pays, the fee included; null: no such limit. */
  readonly minMinor: number | null;
  readonly maxMinor: number | null;
  /** Where it is offered; null: everywhere. */
  readonly surfaces: readonly Surface[] | null;
  /** Accounts of the lowest position come first. */
  readonly position: number;
  /** Its share of the orders among those of one position; 0: only when no other can. */
  readonly weight: number;
}

/** An account that may take a buyer's money, without its credentials. */
export interface PayableAccount extends AccountRules {
  readonly id: AccountId;
  readonly slug: string;
  readonly title: string;
  readonly gateway: string;
  readonly currency: Currency;
  /** It has not been answering: others go first. */
  readonly failing: boolean;
}

/** What is to be paid, before any fee, and where the buyer is; null: wherever. */
export interface Due {
  readonly priceMinor: number;
  readonly currency: Currency;
  readonly surface: Surface | null;
}

/** A way to pay, as it is offered for a sum. */
export interface MethodOffer {
  readonly method: string;
  readonly title: string;
  readonly fee: FeeRule;
  readonly feeMinor: number;
  readonly totalMinor: number;
}

/** The fee that the buyer bears. */
export function buyersFee({ fee, feeBorneBy }: Pick<AccountRules, "fee" | "feeBorneBy">): FeeRule {
  return feeBorneBy === "buyer" ? fee : NO_FEE;
}

/** What the buyer pays by that account; null where it does not take such a sum as it is, or not there. */
export function totalBy(account: PayableAccount, due: Due): number | null {
  const totalMinor = totalThere(account, due);
  if (totalMinor === null) return null;
  const { minMinor, maxMinor, gateway } = account;
  const fits = totalMinor >= (minMinor ?? 0) && totalMinor <= (maxMinor ?? AMOUNT_MINOR_MAX);
  const sum = { amountMinor: totalMinor, currency: due.currency };
  return fits && unfitSum(sumRuleOf(gateway), sum) === null ? totalMinor : null;
}

/** The same, whether or not it takes that sum; null where it takes none in that currency, or not there. */
function totalThere(account: PayableAccount, due: Due): number | null {
  const { currency, surfaces, gateway } = account;
  if (currency !== due.currency || !chargesIn(sumRuleOf(gateway), currency)) return null;
  if (due.surface !== null && surfaces !== null && !surfaces.includes(due.surface)) return null;
  return due.priceMinor + feeOf(buyersFee(account), due.priceMinor);
}

/** The ways to pay that sum there, each once, in the order of the accounts; those that fail last. */
export function offers(accounts: readonly PayableAccount[], due: Due): MethodOffer[] {
  const names = [...new Set(accounts.map(({ method }) => method))];
  const leaders = names.flatMap((method) => leader(able(accounts, method, due)) ?? []);
  const sorted = [...leaders.filter((each) => !each.failing), ...leaders.filter((e) => e.failing)];
  return sorted.map((account) => {
    const fee = buyersFee(account);
    const feeMinor = feeOf(fee, due.priceMinor);
    const totalMinor = due.priceMinor + feeMinor;
    return { method: account.method, title: account.title, fee, feeMinor, totalMinor };
  });
}

/** A way to pay for a product, whatever of it is ordered. */
export interface MethodOption {
  readonly method: string;
  readonly title: string;
  /** Of the account that comes first; another's is said by the offer for a sum. */
  readonly fee: FeeRule;
  /** The accounts that make it up, in their order. */
  readonly accounts: readonly PayableAccount[];
}

/** The ways to pay that take at least one of the prices from the least to the most, as `offers` sorts. */
export function options(
  accounts: readonly PayableAccount[],
  { leastMinor, mostMinor }: { readonly leastMinor: number; readonly mostMinor: number },
  { currency, surface }: Omit<Due, "priceMinor">,
): MethodOption[] {
  const taking = accounts.filter((account) => {
    const lowest = totalThere(account, { priceMinor: leastMinor, currency, surface });
    const most = Math.min(mostMinor, AMOUNT_MINOR_MAX);
    const highest = most + feeOf(buyersFee(account), most);
    return (
      lowest !== null &&
      lowest <= (account.maxMinor ?? AMOUNT_MINOR_MAX) &&
      highest >= (account.minMinor ?? 0)
    );
  });
  const names = [...new Set(taking.map(({ method }) => method))];
  const found = names.flatMap((method) => {
    const own = byLead(taking.filter((account) => account.method === method));
    const [first] = own;
    if (first === undefined) return [];
    return { method, title: first.title, fee: buyersFee(first), accounts: own };
  });
  const fails = ({ accounts: [first] }: MethodOption) => first?.failing === true;
  return [...found.filter((each) => !fails(each)), ...found.filter(fails)];
}

/**
 * The accounts that can take an order's money by that method, the best first: those that answer before
 * those that do not, by position, and within one position spread by weight. They all ask for the same
 * sum, the one that `offers` shows: what is chosen, and what an order moves on to, changes no price.
 *
 * Which of equals comes first hangs on the order's id alone, so that the same request chooses the same
 * account wherever it is made, and another account coming or going moves only the orders that it wins
 * or had (rendezvous hashing; weighted as by Schindelhauer and Schomaker, "Weighted distributed hash
 * tables", 2005: the least of -ln(u)/weight).
 */
export function candidates(
  accounts: readonly PayableAccount[],
  method: string,
  due: Due,
  orderId: OrderId,
): PayableAccount[] {
  const all = able(accounts, method, due);
  const first = leader(all);
  if (first === null) return [];
  const totalMinor = totalBy(first, due);
  return all
    .filter((account) => totalBy(account, due) === totalMinor)
    .map((account) => ({ account, draw: drawOf(account, orderId) }))
    .toSorted(
      (a, b) =>
        Number(a.account.failing) - Number(b.account.failing) ||
        a.account.position - b.account.position ||
        a.draw - b.draw,
    )
    .map(({ account }) => account);
}

function able(accounts: readonly PayableAccount[], method: string, due: Due): PayableAccount[] {
  return accounts.filter((account) => account.method === method && totalBy(account, due) !== null);
}

/** Whose price is shown. */
function leader(accounts: readonly PayableAccount[]): PayableAccount | null {
  return byLead(accounts)[0] ?? null;
}

/** This order hangs on no order's id: a page shows prices before there is one. */
function byLead(accounts: readonly PayableAccount[]): PayableAccount[] {
  return accounts.toSorted(
    (a, b) =>
      Number(a.failing) - Number(b.failing) ||
      a.position - b.position ||
      Number(a.weight === 0) - Number(b.weight === 0) ||
      (a.id < b.id ? -1 : 1),
  );
}

/** Exponentially distributed with rate `weight`: the least of several wins by its share. */
function drawOf({ id, weight }: PayableAccount, orderId: OrderId): number {
  const uniform = (hashOf(`${orderId} ${id}`) + 0.5) / 2 ** 32;
  return weight === 0 ? Infinity : -Math.log(uniform) / weight;
}

/** FNV-1a, finished as MurmurHash3 is, so that near texts lie far apart. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let place = 0; place < text.length; place++) {
    hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
