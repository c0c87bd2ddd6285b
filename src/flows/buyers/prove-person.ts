import {
  questionsOf,
  refusedOf,
  UNPROVEN,
  type Standing,
} from "../../domain/limits/limit-rules.ts";
import type { MerchantId } from "../../domain/ids.ts";
import type { ChallengeAction, ChallengeOffer, ChallengeVerifier } from "./challenge-ports.ts";
import type { Limits, Switches } from "../ports.ts";

export interface ChallengePorts {
  /** Null where no captcha is set up: nobody can be asked for a proof. */
  readonly challenge: ChallengeVerifier | null;
  readonly limits: Limits;
  /** What is switched off; absent: nothing. */
  readonly switches?: Switches;
}

interface Person {
  readonly merchantId: MerchantId;
  readonly network: string;
  readonly email: string;
  /** What the client sent; null: nothing. */
  readonly response: string | null;
  readonly action: ChallengeAction;
  readonly subject: string;
}

export type PersonProved =
  /** `by` says what it rests on: for whoever reads the reasons later. */
  | {
      kind: "proved";
      by:
        | "challenge_passed"
        | "challenge_unverified"
        | "challenge_not_set_up"
        | "challenge_switched_off";
    }
  | { kind: "unproved"; offer: ChallengeOffer }
  | { kind: "too_many"; standing: Standing };

/**
 * Asks for a proof that a person is there. Where the verifier is down, people are let through as if they
 * had given one, but only so many a minute: a shop does not close because a third party is away, and
 * whoever brought it down has won little.
 */
export async function provePerson(
  { challenge, limits, switches }: ChallengePorts,
  { response, action, subject, ...asker }: Person,
): Promise<PersonProved> {
  if (challenge === null) return { kind: "proved", by: "challenge_not_set_up" };
  if ((await switches?.of(asker.merchantId))?.challenge === true) {
    return { kind: "proved", by: "challenge_switched_off" };
  }
  const { offer } = challenge;
  if (response === null || response === "") return { kind: "unproved", offer };
  const verdict = await challenge.verify({ response, action, subject });
  if (verdict.kind === "passed") return { kind: "proved", by: "challenge_passed" };
  if (verdict.kind === "failed") return { kind: "unproved", offer };
  const standing = refusedOf(await limits.take(questionsOf(UNPROVEN, asker)));
  return standing === undefined
    ? { kind: "proved", by: "challenge_unverified" }
    : { kind: "too_many", standing };
}
