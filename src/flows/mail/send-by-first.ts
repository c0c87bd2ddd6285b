import type { Mail, MailSender } from "../ports.ts";

type Sent = { readonly kind: "sent"; readonly sender: string; readonly messageId: string };

/** Why a mail did not leave. `permanent`: nobody will ever take it. `cause` is what was thrown. */
export interface MailTrouble {
  readonly kind: "trouble";
  readonly permanent: boolean;
  readonly reason: string;
  readonly cause?: unknown;
}

/** The senders in turn, until one takes the mail or one says that nobody ever will. */
export async function sendByFirst(
  senders: readonly MailSender[],
  mail: Mail,
): Promise<Sent | MailTrouble> {
  const reasons: string[] = [];
  let thrown: unknown;
  for (const sender of senders) {
    try {
      // In turn is the point: the second is for when the first does not take it.
      // oxlint-disable-next-line no-await-in-loop
      const outcome = await sender.send(mail);
      if (outcome.kind === "sent") {
        return { kind: "sent", sender: sender.name, messageId: outcome.messageId };
      }
      reasons.push(`${sender.name}: ${outcome.reason}`);
      if (outcome.permanent)
        return { kind: "trouble", permanent: true, reason: reasons.join("; ") };
    } catch (cause) {
      // A sender says what went wrong as a value; one that throws has a bug. The mail need not wait for its repair.
      reasons.push(`${sender.name}: threw`);
      thrown = cause;
    }
  }
  return { kind: "trouble", permanent: false, reason: reasons.join("; "), cause: thrown };
}
