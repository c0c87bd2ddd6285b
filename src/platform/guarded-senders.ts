import type { Breakers, MailOutcome, MailSender } from "../flows/ports.ts";

/**
 * Senders, each through its breaker: one that has been down is passed over at once, so that its time-outs
 * do not hold up the mail that the next one would take.
 */
export function guardedSenders(senders: readonly MailSender[], breakers: Breakers): MailSender[] {
  return senders.map((sender) => {
    const guarded = breakers.of(`mail:${sender.name}`);
    return {
      name: sender.name,
      closedForMs: () => guarded.closedForMs(),
      async send(mail) {
        const ran = await guarded.run(() => sender.send(mail), { isFailure: isDown });
        return ran.ok ? ran.value : { kind: "refused", permanent: false, reason: "breaker_open" };
      },
    };
  });
}

/**
 * That an address will never be taken is the address's fault, and a setting that is wrong is ours: the
 * one who looks for mails that did not go out must find its words, not ours of a breaker.
 */
function isDown(outcome: MailOutcome): boolean {
  return (
    outcome.kind === "refused" && !outcome.permanent && !outcome.reason.startsWith("misconfigured")
  );
}
