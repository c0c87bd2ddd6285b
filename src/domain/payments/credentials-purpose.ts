import type { AccountId } from "../ids.ts";

/** The purpose under which an account's credentials are sealed: they open for no other account. */
export function credentialsPurpose(id: AccountId): string {
  return `credentials:${id}`;
}
