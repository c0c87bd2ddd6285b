/** The most that SMTP carries (RFC 5321 §4.5.3.1.3, less the brackets). */
export const EMAIL_CHARACTERS_MAX = 254;

/**
 * One form per mailbox: outer space gone, lower case. A buyer who types their address with a capital
 * must find the order again; addresses that differ only in case are one mailbox everywhere that matters.
 */
export function normalizeEmail(text: string): string | null {
  const email = text.trim().toLowerCase();
  return email.length <= EMAIL_CHARACTERS_MAX && ADDRESS.test(email) ? email : null;
}

/** The practical form of an address (as the HTML standard's), with a dot in the domain. */
const ADDRESS =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/;

/**
 * One name per mailbox, of an address in its one form: no "+tag", and no dots where the provider
 * ignores them. For counting what one person does (limits, caps, draws), never for sending: elsewhere
 * a "+" may be a mailbox of its own, which then counts as its neighbour's.
 */
export function canonicalEmail(email: string): string {
  const at = email.lastIndexOf("@");
  const domain = email.slice(at + 1);
  const plus = email.indexOf("+", 1);
  const local = plus > 0 && plus < at ? email.slice(0, plus) : email.slice(0, at);
  const provider = PROVIDERS.get(domain);
  if (provider === undefined) return `${local}@${domain}`;
  return `${provider.plain(local) || local}@${provider.name}`;
}

interface Provider {
  readonly name: string;
  /** The name before the "@" in the one way that stands for all ways to write it. */
  readonly plain: (local: string) => string;
}

/**
 * Providers whose mailboxes answer to several names. One that is not listed is only what it says: two
 * names of one mailbox then count as two.
 */
const PROVIDERS: ReadonlyMap<string, Provider> = new Map(
  (
    [
      // support.google.com/mail/answer/7436150
      ["gmail.com", (local) => local.replaceAll(".", ""), ["gmail.com", "googlemail.com"]],
      // proton.me/support/addresses-and-aliases
      [
        "proton.me",
        (local) => local.replaceAll(/[._-]/g, ""),
        ["proton.me", "protonmail.com", "protonmail.ch", "pm.me"],
      ],
      // support.apple.com/108758
      ["icloud.com", (local) => local, ["icloud.com", "me.com", "mac.com"]],
      // A dot and a hyphen are one there, and neither is nothing.
      [
        "yandex.ru",
        (local) => local.replaceAll(".", "-"),
        ["yandex.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua", "ya.ru"],
      ],
    ] satisfies readonly [string, Provider["plain"], readonly string[]][]
  ).flatMap(([name, plain, domains]) =>
    domains.map((domain) => [domain, { name, plain }] as const),
  ),
);

/** "b***@example.com": enough to recognise one's own, not enough to learn another's. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf("@");
  return `${email.slice(0, 1)}***${email.slice(at)}`;
}
