import { AMOUNT_MINOR_MAX, formatDecimal } from "../../domain/money.ts";
import { buyersFee, type MethodOption } from "../../domain/payments/choice.ts";
import type { Product } from "../../domain/product/product.ts";
import type { Visit } from "./visit.ts";

/**
 * What the page's script needs to show a total while a buyer types. It only shows: the server makes
 * every price, and refuses the order when the two differ.
 */
export function priceSheet(
  { terms }: Product,
  methods: readonly MethodOption[],
  { locale, text }: Visit,
) {
  const { currency, variants, priceMinor, priceTiers } = terms;
  const digits = formatDecimal({ amountMinor: 0, currency }).split(".")[1]?.length ?? 0;
  const own = { "": { priceMinor, priceTiers } };
  return {
    locale,
    currency,
    digits,
    free: text.product.free,
    /** The first account that takes a sum says what is paid for it, as on the server. */
    methods: Object.fromEntries(
      methods.map(({ method, accounts }) => [
        method,
        accounts.map((account) => ({
          ...buyersFee(account),
          minMinor: account.minMinor ?? 0,
          maxMinor: account.maxMinor ?? AMOUNT_MINOR_MAX,
        })),
      ]),
    ),
    prices:
      variants.length === 0
        ? own
        : Object.fromEntries(
            variants.map((variant) => [
              variant.id,
              { priceMinor: variant.priceMinor, priceTiers: variant.priceTiers },
            ]),
          ),
  };
}
