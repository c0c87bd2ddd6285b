/** What is played: how many come, and what they are like. */
export interface Plan {
  readonly arrivals: number;
  readonly keys: number;
  readonly seed: number;
  readonly holdSeconds: number;
  /** Isolates between which the arrivals are spread, each with its own memory and its own count. */
  readonly isolates: number;
}

/** Shares of all arrivals, and habits. */
export const CROWD = {
  /** Joined before the opening: half of them evenly over ten minutes, half of them in the last one. */
  early: 0.7,
  joinMs: 600_000,
  /** Later arrivals: the mean time after the opening. */
  lateMs: 180_000,
  /** Tickets by one mailbox, written in a hundred ways. */
  ticketsPerBot: 100,
  botTickets: 0.02,
  forged: 0.005,
  /** Have a ticket, and never order. */
  watchers: 0.15,
  /** Of honest people: close the page before their turn, after a mean of so long. */
  leave: 0.3,
  leaveMs: 400_000,
  /** Of those let in: order; of those who ordered: pay in time, or too late. The others never do. */
  order: 0.85,
  pay: 0.86,
  payLate: 0.02,
  /** From being let in to ordering, and from ordering to paying: medians of log-normals. */
  orderMs: 6_000,
  payMs: 25_000,
  /** Of requests to the object: sent once more because the answer did not come in time. */
  repeated: 0.03,
} as const;

export const KIND = { honest: 0, bot: 1, watcher: 2, forger: 3 } as const;
