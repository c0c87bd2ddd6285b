import { dirname, join } from "node:path/posix";
import { textOf, withoutComments } from "./repository.ts";

export interface Import {
  /** Path from the root for a relative import, else the package or scheme as written. */
  readonly target: string;
  /** Leaves nothing in the running program. */
  readonly typeOnly: boolean;
}

const STATEMENT =
  /^(?:import|export)\s+(type\s)?(?:[\w$*{][^;"']*?\sfrom\s*)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/gm;

/** Every static import, re-export and `import("…")` of a file. */
export function importsOf(path: string): Import[] {
  return parseImports(textOf(path)).map(({ target, typeOnly }) => ({
    target: target.startsWith(".") ? join(dirname(path), target) : target,
    typeOnly,
  }));
}

/**
 * Formatted code keeps an import at the start of a line and its module in plain quotes, which is
 * all that this scanner relies on.
 */
export function parseImports(text: string): Import[] {
  return [...withoutComments(text).matchAll(STATEMENT)].map((match) => ({
    target: match[2] ?? match[3] ?? "",
    typeOnly: match[1] !== undefined,
  }));
}
