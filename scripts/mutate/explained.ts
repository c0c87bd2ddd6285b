import { readFileSync } from "node:fs";
import type { Survivor } from "./result.ts";

/** Why some survivors are left alone. `mutants` are the code and the change of each. */
export interface Explanation {
  readonly why: string;
  readonly file: string;
  readonly mutants: readonly { readonly code: string; readonly change: string }[];
}

export function readExplanations(): Explanation[] {
  return JSON.parse(
    readFileSync(new URL("./explained.json", import.meta.url), "utf8"),
  ) as Explanation[];
}

export function explains(explanation: Explanation, { file, code, change }: Survivor): boolean {
  return (
    explanation.file === file &&
    explanation.mutants.some((mutant) => mutant.code === code && mutant.change === change)
  );
}
