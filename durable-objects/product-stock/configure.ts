import { termsSchema, type Terms } from "../../src/domain/product/terms.ts";
import type { Ledger } from "./ledger.ts";

/** Takes newer terms; older or equal ones change nothing. One statement, so it needs no transaction. */
export function configure(ledger: Ledger, terms: Terms): { version: number } {
  const next = termsSchema.parse(terms);
  const present = ledger.terms;
  if (present === null) {
    ledger.saveTerms(next, terms);
    return { version: next.version };
  }
  if (present.productNumber !== next.productNumber || present.merchantId !== next.merchantId) {
    throw new TypeError("configure: these are another product's terms");
  }
  if (next.version > present.version) ledger.saveTerms(next, terms);
  return { version: Math.max(next.version, present.version) };
}
