/** What a page or a client needs to let somebody prove that they are a person. Public. */
export interface ChallengeOffer {
  /** "turnstile"; "development" where a developer chooses what happens. */
  readonly provider: string;
  readonly siteKey: string;
  /** Draws the widget into `.cf-turnstile`: the one script of others that a page of ours ever loads. */
  readonly script: string;
}

/** What the proof is for: one made for something else is none. */
export type ChallengeAction = "order" | "ticket";

export interface ChallengeProof {
  /** As the widget gave it to the client. */
  readonly response: string;
  readonly action: ChallengeAction;
  /** Names what it is for (an order's id): the same proof for the same again is the same answer. */
  readonly subject: string;
}

/**
 * - `failed`: it is no proof; `codes` are the verifier's words, for the log.
 * - `unavailable`: nobody knows. It is never the visitor's fault.
 */
export type ChallengeVerdict =
  | { kind: "passed" }
  | { kind: "failed"; codes: readonly string[] }
  | { kind: "unavailable"; reason: string };

/** Tells people from programs. It does not throw. */
export interface ChallengeVerifier {
  readonly offer: ChallengeOffer;
  verify(proof: ChallengeProof): Promise<ChallengeVerdict>;
}
