import { READ_BATCH_MAX } from "./contract.ts";
import { drainOutbox, RESEND_BASE_MS, type DrainDeps } from "./outbox.ts";

/**
 * How long a change waits for company on its way to the order book: an order that is paid meanwhile
 * is named once, and a rush fills its messages. Mail leaves so much later; the buyer's page does not.
 */
const LINGER_MS = 100;
/** The same after a drain that filled a message: in a rush most orders are paid before they are copied. */
const RUSH_LINGER_MS = 1_000;

export interface PublisherDeps extends DrainDeps {
  readonly pause: (ms: number) => Promise<void>;
  /** Keeps the object alive until it is done, and nobody's answer waiting. */
  readonly behind: (work: Promise<void>) => void;
  /** The queue took no more: somebody should know, nobody has to do anything. */
  readonly failed: (sent: number, error: unknown) => void;
}

/** Sends what the outbox holds, one drain at a time. What it does not send, the alarm does. */
export class Publisher {
  readonly #deps: PublisherDeps;
  /**
   * Until then nothing is sent: a drain is under way, or the queue took nothing a moment ago. The
   * outbox collects meanwhile. A time and not a flag, so a drain that hangs ends nothing for good.
   */
  #quietUntilMs = 0;
  #lingerMs = LINGER_MS;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  get quietUntilMs(): number {
    return this.#quietUntilMs;
  }

  /** After a commit: to be sent in a moment, unless that is under way. */
  publish(): void {
    if (this.#deps.now() >= this.#quietUntilMs) this.#begin();
  }

  #begin(): void {
    this.#quietUntilMs = this.#deps.now() + RESEND_BASE_MS;
    this.#deps.behind(this.#drain());
  }

  async #drain(): Promise<void> {
    await this.#deps.pause(this.#lingerMs);
    const { sent, more, error } = await drainOutbox(this.#deps);
    if (error !== null) {
      this.#deps.failed(sent, error);
      return;
    }
    this.#lingerMs = sent >= READ_BATCH_MAX ? RUSH_LINGER_MS : LINGER_MS;
    this.#quietUntilMs = 0;
    if (more) this.#begin();
  }
}
