import { formatDecimal } from "../../domain/money.ts";
import type { Product } from "../../domain/product.ts";
import type { Visit } from "./visit.ts";

/**
 * What the page's script needs to show a total while a buyer types. It only shows: the server makes
 * every price, and refuses the order when the two differ.
 */
export function priceSheet({ terms }: Product, { locale, text }: Visit) {
  const { currency, variants, priceMinor, priceTiers } = terms;
  const digits = formatDecimal({ amountMinor: 0, currency }).split(".")[1]?.length ?? 0;
  const own = { "": { priceMinor, priceTiers } };
  return {
    locale,
    currency,
    digits,
    free: text.product.free,
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
