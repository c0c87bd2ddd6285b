import { sendCode } from "../flows/buyers/email-codes.ts";
import type { CodeDue } from "../flows/ports.ts";
import type { Deps } from "../platform/deps.ts";
import { errorFields, log } from "../platform/log.ts";
import { codeDue } from "./messages.ts";
import { readMessages, type Read } from "./read-messages.ts";

/** Mails on the way at once: a Worker may hold six connections open. */
const PARALLEL = 4;
/** Whoever waits for a code looks at the clock. */
const RETRY_SECONDS = 10;

export async function emailCodes(batch: MessageBatch, deps: Deps): Promise<void> {
  const next = (await readMessages(batch, codeDue, deps)).values();
  await Promise.all(Array.from({ length: PARALLEL }, () => worker(next, deps)));
}

async function worker(next: Iterator<Read<CodeDue>>, deps: Deps): Promise<void> {
  for (let item = next.next(); !item.done; item = next.next()) {
    // oxlint-disable-next-line no-await-in-loop -- the number of workers is what bounds the mails
    await send(item.value, deps);
  }
}

/** Answers for one message, whatever happens. Neither address nor code is ever logged. */
async function send({ message, body }: Read<CodeDue>, deps: Deps): Promise<void> {
  const about = { drop_id: body.dropId, message_id: message.id };
  try {
    const outcome = await sendCode(deps, body, deps.clock.nowMs());
    if (outcome.kind === "sent") return message.ack();
    const fields = outcome.kind === "late" ? {} : reasonOf(outcome);
    log("warn", `code_${outcome.kind}`, { ...about, ...fields });
    if (outcome.kind === "retrying") message.retry({ delaySeconds: RETRY_SECONDS });
    else message.ack();
  } catch (error) {
    log("error", "code_interrupted", { ...about, ...errorFields(error) });
    message.retry({ delaySeconds: RETRY_SECONDS });
  }
}

function reasonOf({ reason, cause }: { reason: string; cause?: unknown }) {
  return { reason, ...(cause === undefined ? {} : errorFields(cause)) };
}
