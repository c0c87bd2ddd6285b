/** The funnel second by second, as sums so far, and what the stock object was asked in each second. */
export class Funnel {
  readonly seconds: FunnelSecond[] = [];
  arrived = 0;
  queued = 0;
  admitted = 0;
  reserved = 0;
  paid = 0;
  /** Refused by a signature, a form, or another's mailbox. */
  forged = 0;
  left = 0;
  polls = 0;
  /** Told "sold out" by the object although they were let in: the keys were held by others. */
  emptyHanded = 0;
  spent = 0;
  lastSaleMs = 0;
  #requestsBefore = 0;

  /** `second` is after the start; `requests` to the stock object so far. */
  close(second: number, requests: number, keys: { remaining: number; held: number }): void {
    const { arrived, queued, admitted, reserved, paid } = this;
    this.seconds.push({
      second,
      arrived,
      queued,
      admitted,
      reserved,
      paid,
      requests: requests - this.#requestsBefore,
      ...keys,
    });
    this.#requestsBefore = requests;
  }

  get requestsPerSecondMax(): number {
    return this.seconds.reduce((most, { requests }) => Math.max(most, requests), 0);
  }
}

export interface FunnelSecond {
  readonly second: number;
  readonly arrived: number;
  readonly queued: number;
  readonly admitted: number;
  readonly reserved: number;
  readonly paid: number;
  readonly requests: number;
  readonly remaining: number;
  readonly held: number;
}
