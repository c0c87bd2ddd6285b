import { processorMs } from "./processor-time.ts";
import type { Load } from "./tally.ts";

/** A server under measurement. */
export interface Subject {
  readonly origin: string;
  /** Of the processes that do its work. */
  pids(): number[];
  /** Waits until what was left to be written behind the answers is written. */
  atRest(): Promise<void>;
  stop(): Promise<void>;
}

export interface Measured extends Load {
  /** Processor time of all the subject's processes for each that is counted, with what was written behind it. */
  readonly processorMsEach: number;
}

/** A run, and what processor time it cost its subject. */
export async function costed(subject: Subject, run: () => Promise<Load>): Promise<Measured> {
  const before = processorMs(subject.pids());
  const load = await run();
  await subject.atRest();
  return { ...load, processorMsEach: (processorMs(subject.pids()) - before) / load.finished };
}
