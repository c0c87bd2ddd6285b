import type { Options } from "./options.ts";

/** What a part of the bench works with. */
export interface BenchContext {
  readonly options: Options;
  /** A folder of this run's own, gone when it ends. */
  readonly folder: string;
  /** A line about how far it is. */
  readonly say: (text: string) => void;
}

/** What a part came to: written to results/ under its name. */
export interface Findings {
  /** Markdown, without a heading. */
  readonly markdown: string;
  /** What it was made of: plain JSON. */
  readonly data: unknown;
}

export type Part = (context: BenchContext) => Promise<Findings>;
