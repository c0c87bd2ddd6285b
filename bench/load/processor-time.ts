import { readdirSync, readFileSync } from "node:fs";

/** Linux counts processor time in hundredths of a second (USER_HZ), whatever the kernel's own tick. */
const TICK_MS = 10;

/** The fields of /proc/<pid>/stat that follow the program's name, from the third on (proc(5)). */
function stat(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

const PARENT = 1;
/** User and system time, its own and that of children it has waited for. */
const TIMES = [11, 12, 13, 14];

/** The processes that this one started and that live. None where there is no /proc. */
export function childrenOf(parent: number): number[] {
  return allProcesses().filter((pid) => Number(stat(pid)?.[PARENT]) === parent);
}

/**
 * Processor time that these processes and all below them have taken, milliseconds; NaN where there
 * is no /proc. It does not grow while a neighbour has the processor, so it tells more on a shared
 * machine than any rate.
 */
export function processorMs(roots: readonly number[]): number {
  const parents = new Map(allProcesses().map((pid) => [pid, Number(stat(pid)?.[PARENT])]));
  if (parents.size === 0) return Number.NaN;
  const family = new Set(roots);
  // A child's number may be lower than its parent's: again until none is added.
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  let ticks = 0;
  for (const pid of family) {
    const fields = stat(pid) ?? [];
    for (const at of TIMES) ticks += Number(fields[at] ?? 0);
  }
  return ticks * TICK_MS;
}

function allProcesses(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}
