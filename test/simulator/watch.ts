import type { Scene } from "./world.ts";

/** How a run is watched, and what it is about. */
export interface Watch {
  /** Is told what each changed order became, in words. */
  readonly onCommit?: (words: string) => void;
  /** All rows are audited after every commit, and not now and then. */
  readonly closely?: boolean;
  /** "sale" where it is not said. */
  readonly scene?: Scene;
}
