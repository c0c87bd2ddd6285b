import type { AccountId } from "../domain/ids.ts";
import type { Turns } from "../domain/overload/turns.ts";
import type { Opening, OpeningPace, Slow } from "../flows/payments/payment-ports.ts";
import type { BreakerBook } from "./breakers.ts";

interface World {
  readonly breakers: Pick<BreakerBook, "of">;
  readonly turns: Turns;
  /** How long a buyer waits for the account, milliseconds. */
  readonly patienceMs: (accountId: AccountId) => number;
}

/**
 * How long a buyer waits for one account while another stands ready. The call that is not waited for any more goes
 * on behind the answer: what the gateway opened is kept, how long it took is learned, and whether it failed is for
 * the account's own breaker.
 *
 * An account that was slow is put aside by a second breaker, so that the next buyers do not each wait for it. The
 * two are kept apart: where every account of a method is slow, none is refused, and each is waited for.
 */
export function makeOpeningPace({ breakers, turns, patienceMs }: World): OpeningPace {
  return {
    async within(accountId, open) {
      const ran = await breakers
        .of(`pace:${accountId}`)
        .run(() => inTime(open, patienceMs(accountId), turns), {
          isFailure: ({ kind }) => kind === "slow",
        });
      return ran.ok ? ran.value : { kind: "slow", later: open };
    },
  };
}

async function inTime(
  open: () => Promise<Opening>,
  patienceMs: number,
  turns: Turns,
): Promise<Opening | Slow> {
  const opening = open();
  const slow: Slow = { kind: "slow", later: () => opening };
  const first = await Promise.race([opening, turns.wait(patienceMs).then(() => slow)]);
  // Its failure is told to whoever still asks for it.
  if (first.kind === "slow") turns.keepAlive(opening.catch(() => undefined));
  return first;
}
