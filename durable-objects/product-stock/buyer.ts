import { canonicalEmail } from "../../src/domain/email.ts";

/** Whose mailbox an address is, where that has another name than the address; null where it has not. */
export function aliasOf(email: string): string | null {
  const buyer = canonicalEmail(email);
  return buyer === email ? null : buyer;
}
