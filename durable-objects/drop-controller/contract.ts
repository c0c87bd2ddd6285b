import type { ControllerTerms } from "../../src/domain/drop/drop.ts";
import type { DropState } from "../../src/domain/drop/state.ts";

/**
 * The controller of one drop: it publishes about once a second who may order now, by what is left and
 * by what those who were let in really do. It grants nothing: keys are the stock object's. Every call may
 * be repeated.
 */
export interface DropControllerRpc {
  /** Terms older than those that it has change nothing. */
  configure(terms: ControllerTerms): Promise<{ version: number }>;

  /** What it published last; null where it was never told of its drop: configure it and ask again. */
  state(): Promise<DropState | null>;

  /**
   * Who joined, as one isolate saw it. Adds nothing twice but the late counts, which are a hint of pace.
   * Null where it was never told of its drop.
   */
  report(report: LineReport): Promise<{ reportAfterMs: number } | null>;
}

/** Tickets that an isolate minted. */
export interface LineReport {
  /** The isolate's clock, by which its tickets are dated. */
  readonly edgeNowMs: number;
  /** HyperLogLog of all identities that it gave early tickets to (domain/memory/hyperloglog). */
  readonly early: Uint8Array<ArrayBuffer>;
  /** The same of late tickets. */
  readonly late: Uint8Array<ArrayBuffer>;
  /** Late tickets since its last report, by the second after the opening that they were minted in. */
  readonly lateTickets: readonly { readonly second: number; readonly tickets: number }[];
}
