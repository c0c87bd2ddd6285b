import {
  CODE_WINDOW_MS,
  codeOf,
  codeSubject,
  codeWindows,
  normalizeCode,
  sameCode,
} from "../../domain/mail/email-code.ts";
import { writeCodeMail } from "../../domain/mail/code-mail.ts";
import { canonicalEmail } from "../../domain/email.ts";
import { fromBase64 } from "../../domain/encoding.ts";
import { codeMailId, type DropId } from "../../domain/ids.ts";
import type { Locale } from "../../domain/locale.ts";
import type { CodeDue, MailSender, Outlet, Switches, Vault } from "../ports.ts";
import { sendByFirst } from "../mail/send-by-first.ts";

/** What the code mail needs to say, and to whom; it travels sealed. */
interface Letter {
  readonly to: string;
  readonly productTitle: string;
}

interface AskDeps {
  readonly vault: Pick<Vault, "sealText">;
  readonly emailCodes: Outlet<CodeDue>;
}

export interface CodeRequest extends Letter {
  readonly dropId: DropId;
  readonly locale: Locale;
}

/**
 * Asks for a code to be mailed. Whoever asks gets one, in the line or not: the answer tells nothing
 * of the address. The address goes through the queue sealed, since there is no row to point to.
 */
export async function askForCode(
  { vault, emailCodes }: AskDeps,
  { dropId, locale, to, productTitle }: CodeRequest,
  nowMs: number,
): Promise<void> {
  const letter: Letter = { to, productTitle };
  const sealed = await vault.sealText(letterPurpose(dropId), JSON.stringify(letter));
  await emailCodes.send([{ v: 1, kind: "code_due", dropId, locale, sealed, askedAtMs: nowMs }]);
}

interface SendDeps {
  readonly vault: Pick<Vault, "openText" | "digestText">;
  readonly mailSenders: readonly MailSender[];
  /** What the operator has switched off; absent: nothing. */
  readonly switches?: Switches;
}

/** `late`: nobody waits for it any more, whoever still wants one has asked again. */
export type CodeOutcome =
  | { readonly kind: "sent" }
  | { readonly kind: "late" }
  | { readonly kind: "refused"; readonly reason: string; readonly cause?: unknown }
  | { readonly kind: "retrying"; readonly reason: string; readonly cause?: unknown };

/**
 * Sends the code of this moment, which is good for ten minutes at least. Another try of one request
 * is the same mail by its id; another request is another mail.
 */
export async function sendCode(
  { vault, mailSenders, switches }: SendDeps,
  { dropId, locale, sealed, askedAtMs }: CodeDue,
  nowMs: number,
): Promise<CodeOutcome> {
  if (nowMs - askedAtMs > CODE_WINDOW_MS) return { kind: "late" };
  if ((await switches?.of(null))?.mail === true)
    return { kind: "retrying", reason: "switched_off" };
  const { to, productTitle } = JSON.parse(
    await vault.openText(letterPurpose(dropId), sealed),
  ) as Letter;
  const [window] = codeWindows(nowMs);
  const code = await codeFor(vault, dropId, to, window);
  const minutes = CODE_WINDOW_MS / 60_000;
  const id = codeMailId(await vault.digestText("code-mail", `${dropId} ${to} ${askedAtMs}`));
  const mail = { id, to, ...writeCodeMail({ locale, code, productTitle, minutes }) };
  const attempt = await sendByFirst(mailSenders, mail);
  if (attempt.kind === "sent") return { kind: "sent" };
  const { permanent, reason, cause } = attempt;
  return { kind: permanent ? "refused" : "retrying", reason: reason || "no_sender", cause };
}

/** Whether this is a code that was sent to this person for this drop, and not too long ago. */
export async function isCode(
  vault: Pick<Vault, "digestText">,
  { dropId, email, code }: { dropId: DropId; email: string; code: string },
  nowMs: number,
): Promise<boolean> {
  const typed = normalizeCode(code);
  if (typed === null) return false;
  const good = await Promise.all(
    codeWindows(nowMs).map((window) => codeFor(vault, dropId, email, window)),
  );
  // Each is compared, so that the time does not tell which window it was.
  return good.map((expected) => sameCode(typed, expected)).includes(true);
}

async function codeFor(
  vault: Pick<Vault, "digestText">,
  dropId: DropId,
  email: string,
  window: number,
): Promise<string> {
  const subject = codeSubject(dropId, canonicalEmail(email), window);
  const digest = fromBase64(await vault.digestText("email-code", subject));
  if (digest === null) throw new Error("a digest is base 64");
  return codeOf(digest);
}

function letterPurpose(dropId: DropId): string {
  return `email-code:${dropId}`;
}
