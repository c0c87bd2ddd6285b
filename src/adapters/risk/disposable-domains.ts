import blocklist from "disposable-email-domains-js/dist/dict/disposable_email_blocklist.json" with { type: "json" };

let domains: ReadonlySet<string> | null = null;

/** Made at the first look: an isolate that takes no order does without. */
export function isDisposable(domain: string): boolean {
  domains ??= new Set(blocklist);
  return domains.has(domain);
}
