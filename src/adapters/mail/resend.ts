import { z } from "zod";
import type { Mail, MailOutcome, MailSender } from "../../flows/ports.ts";

export interface ResendSettings {
  readonly apiKey: string;
  /** "Shop <keys@example.com>". */
  readonly from: string;
  /** Without a slash at the end; another one for tests. */
  readonly origin?: string;
}

const ORIGIN = "https://api.resend.com";
const TIMEOUT_MS = 20_000;
const accepted = z.object({ id: z.string().min(1).max(200) });
const refusal = z.object({ name: z.string().regex(/^[a-z0-9_]{1,60}$/) });

/**
 * Resend's HTTP API (resend.com/docs/api-reference/emails/send-email). The delivery's id is the
 * Idempotency-Key: for a day, the same mail sent again is answered and not sent.
 */
export function resendSender({ apiKey, from, origin = ORIGIN }: ResendSettings): MailSender {
  return {
    name: "resend",
    async send(mail) {
      let response: Response;
      try {
        response = await fetch(`${origin}/emails`, {
          method: "POST",
          headers: {
            authorization: `Bearer ${apiKey}`,
            "content-type": "application/json",
            "idempotency-key": mail.id,
          },
          body: JSON.stringify(message(mail, from)),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
      } catch (error) {
        const timedOut = error instanceof Error && error.name === "TimeoutError";
        return { kind: "refused", permanent: false, reason: timedOut ? "timeout" : "unreachable" };
      }
      return outcome(response);
    },
  };
}

function message({ to, subject, text, html }: Mail, from: string) {
  return { from, to: [to], subject, text, html };
}

async function outcome(response: Response): Promise<MailOutcome> {
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) {
    // Taken is taken, whether or not its name for the mail can be read.
    const { data } = accepted.safeParse(body);
    return { kind: "sent", messageId: data?.id ?? "unnamed" };
  }
  const name = refusal.safeParse(body).data?.name;
  const reason = name === undefined ? String(response.status) : `${response.status} ${name}`;
  return { kind: "refused", permanent: isPermanent(response.status, name), reason };
}

/**
 * Only what is said of this very mail is for good: 400 and 422 of its contents. A wrong API key,
 * an address that may not send yet, a limit: those are ours to mend, and the mail is as good as before.
 */
function isPermanent(status: number, name: string | undefined): boolean {
  if (status !== 400 && status !== 422) return false;
  return name !== "invalid_from_address" && name !== "missing_api_key";
}
