import type { ChallengeVerifier } from "../flows/buyers/challenge-ports.ts";
import type { Breakers } from "../flows/ports.ts";
import type { Metrics } from "./metrics.ts";

/**
 * The verifier through its breaker, counted by what it says. While the breaker is open nobody waits for
 * it: whoever asked for a proof goes on as if there were none.
 */
export function guardedChallenge(
  verifier: ChallengeVerifier,
  breakers: Breakers,
  metrics: Metrics,
): ChallengeVerifier {
  const guarded = breakers.of("captcha");
  return {
    offer: verifier.offer,
    async verify(proof) {
      const ran = await guarded.run(() => verifier.verify(proof), {
        isFailure: ({ kind }) => kind === "unavailable",
      });
      const verdict = ran.ok
        ? ran.value
        : ({ kind: "unavailable", reason: "breaker_open" } as const);
      metrics.count("challenges", verdict.kind);
      return verdict;
    },
  };
}
