import type { StockGlance } from "../../src/domain/drop/glance.ts";
import type { DropState } from "../../src/domain/drop/state.ts";

/** What may be wrong in a drop, planted to see whether the laws notice. */
export interface Fault {
  readonly publish: (state: DropState) => DropState;
  readonly glance: (stock: StockGlance) => StockGlance;
  /** `joined` is when, as a share of the time before the opening. */
  readonly draw: (draw: number, joined: number) => number;
  /** The mailbox that an address is taken for. */
  readonly mailbox: (email: string) => string;
}

export const NO_FAULT: Fault = {
  publish: (state) => state,
  glance: (stock) => stock,
  draw: (draw) => draw,
  mailbox: (email) => email,
};

export const FAULTS: ReadonlyMap<string, Fault> = new Map([
  [
    "the controller lets everyone in at once",
    {
      ...NO_FAULT,
      publish: (state: DropState): DropState =>
        state.status === "open"
          ? { ...state, threshold: { early: 1, lateUntilMs: state.threshold.lateUntilMs } }
          : state,
    },
  ],
  [
    "the controller does not see the last keys",
    {
      ...NO_FAULT,
      glance: (stock: StockGlance): StockGlance => ({
        ...stock,
        free: Math.max(0, stock.free - 5),
      }),
    },
  ],
  [
    "the draw favours those who joined first",
    { ...NO_FAULT, draw: (draw: number, joined: number) => draw * (0.4 + 0.6 * joined) },
  ],
  [
    "every way to write an address draws",
    // A name of its own for each: what "+" begins is made part of it.
    {
      ...NO_FAULT,
      mailbox: (email: string) =>
        email.replaceAll("+", "-").replaceAll(".", "_").replace("_com", ".com"),
    },
  ],
]);
