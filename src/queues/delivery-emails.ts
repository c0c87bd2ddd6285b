import { deliverMail, type DeliverOutcome } from "../flows/mail/deliver-mail.ts";
import { MAIL_LEASE_MS } from "../domain/mail/delivery.ts";
import type { Deps } from "../platform/deps.ts";
import { errorFields, log } from "../platform/log.ts";
import { mailDue, type MailDue } from "./messages.ts";
import { readMessages, type Read } from "./read-messages.ts";

/** Mails on the way at once: a Worker may hold six connections open. */
const PARALLEL = 4;

export async function deliveryEmails(batch: MessageBatch, deps: Deps): Promise<void> {
  const due = await readMessages(batch, mailDue, deps);
  const next = due.values();
  await Promise.all(Array.from({ length: PARALLEL }, () => worker(next, deps)));
}

/** Takes the next message until none is left. The workers share one iterator: each message once. */
async function worker(next: Iterator<Read<MailDue>>, deps: Deps): Promise<void> {
  for (let item = next.next(); !item.done; item = next.next()) {
    // oxlint-disable-next-line no-await-in-loop -- the number of workers is what bounds the mails
    await deliver(item.value, deps);
  }
}

/** Answers for one message, whatever happens: a bug in one mail is not the others' fate. */
async function deliver({ message, body }: Read<MailDue>, deps: Deps): Promise<void> {
  const id = body.deliveryId;
  try {
    const outcome = await deliverMail(deps, id, deps.clock.nowMs());
    report(id, outcome);
    deps.metrics.count("mails", outcome.kind);
    if (outcome.kind === "retrying") message.retry({ delaySeconds: outcome.delaySeconds });
    else message.ack();
  } catch (error) {
    log("error", "mail_interrupted", { delivery_id: id, ...errorFields(error) });
    // It may have been claimed: before the lease has lapsed nobody could take it.
    message.retry({ delaySeconds: MAIL_LEASE_MS / 1000 + 1 });
  }
}

function report(id: string, outcome: DeliverOutcome): void {
  if (outcome.kind !== "retrying" && outcome.kind !== "failed") return;
  const { kind, reason, cause } = outcome;
  log(kind === "failed" ? "error" : "warn", `mail_${kind}`, {
    delivery_id: id,
    reason,
    ...(cause === undefined ? {} : errorFields(cause)),
  });
}
