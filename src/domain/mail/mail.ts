import type { DeliveryPurpose } from "./delivery.ts";
import type { OrderId } from "../ids.ts";
import { mailHtml } from "./mail-html.ts";
import type { Locale } from "../locale.ts";
import { MAIL_STRINGS, type MailStrings } from "./mail-text.ts";
import { formatMoney, type Money } from "../money.ts";
import { oneLine } from "./one-line.ts";

/** Keys that a mail lists. An order may have a thousand; mailboxes cut long mails short. */
export const MAIL_KEYS_MAX = 200;

export interface MailContent {
  readonly purpose: DeliveryPurpose;
  readonly locale: Locale;
  readonly orderId: OrderId;
  readonly productTitle: string;
  readonly variantTitle: string | null;
  readonly quantity: number;
  readonly money: Money;
  /** At most MAIL_KEYS_MAX are listed; `keysTotal` says how many there are. */
  readonly keys: readonly { readonly secret: string; readonly note: string | null }[];
  readonly keysTotal: number;
  /** Each sum of the order's money that has gone back, oldest first. Told in mails of refunds. */
  readonly goneBack: readonly Money[];
  /** With the access token in it; null where the shop does not know its own address. */
  readonly orderUrl: string | null;
}

/** The parts that both forms of the mail lay out. */
export interface MailParts extends MailContent {
  readonly strings: MailStrings;
  readonly title: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** What to say of keys that are not listed, or null when all are. */
  readonly unlisted: string | null;
}

/** A subject of one line, a text whose key lines are the keys and nothing else, and its HTML form. */
export function writeMail(content: MailContent): { subject: string; text: string; html: string } {
  const parts = mailParts(content);
  return {
    subject: parts.strings.subject[content.purpose](oneLine(content.productTitle)),
    text: mailText(parts),
    html: mailHtml(parts),
  };
}

function mailParts(content: MailContent): MailParts {
  const strings = MAIL_STRINGS[content.locale];
  const keys = content.keys.slice(0, MAIL_KEYS_MAX);
  const missing = content.purpose === "keys" ? content.keysTotal - keys.length : 0;
  const unlisted = content.orderUrl === null ? strings.more(missing) : strings.moreOnPage(missing);
  const title =
    content.variantTitle === null
      ? content.productTitle
      : `${content.productTitle} · ${content.variantTitle}`;
  return {
    ...content,
    keys,
    strings,
    title,
    facts: [
      [strings.product, title],
      [strings.quantity, String(content.quantity)],
      [strings.amount, formatMoney(content.money, content.locale)],
      [strings.orderId, content.orderId],
      ...goneBackFacts(content, strings),
    ],
    unlisted: missing > 0 ? unlisted : null,
  };
}

function goneBackFacts(
  { purpose, goneBack, locale }: MailContent,
  strings: MailStrings,
): readonly (readonly [string, string])[] {
  if (purpose !== "refunded" && purpose !== "part_refunded") return [];
  return goneBack.map((money) => [strings.goneBack, formatMoney(money, locale)]);
}

function mailText(parts: MailParts): string {
  const { strings, keys, orderUrl } = parts;
  const lines = [strings.intro[parts.purpose], ""];
  for (const [label, value] of parts.facts) lines.push(`${label}: ${value}`);
  if (keys.length > 0) {
    lines.push("", `${strings.keys(parts.keysTotal)}:`, "");
    for (const { secret, note } of keys) {
      lines.push(secret);
      if (note !== null) lines.push(`    ${strings.note}: ${note}`);
    }
  }
  if (parts.unlisted !== null) lines.push("", parts.unlisted);
  if (orderUrl !== null) lines.push("", `${strings.openOrder}: ${orderUrl}`, strings.linkIsSecret);
  lines.push("", strings.footer, "");
  return lines.join("\n");
}
