import type { Readings } from "../meter/readings.ts";

/**
 * Cloudflare's list, Paid plan, US dollars, as of November 2026 (developers.cloudflare.com:
 * workers/platform/pricing, durable-objects/platform/pricing, d1/platform/pricing,
 * queues/platform/pricing). Above what the plan includes: nothing is free here but what is free for
 * everyone.
 */
const PER_MILLION = {
  workerRequests: 0.3,
  processorMs: 0.02,
  objectRequests: 0.15,
  objectGigabyteSeconds: 12.5,
  rowsRead: 0.001,
  rowsWritten: 1,
  queueOperations: 0.4,
} as const;

/** A message is written, read and deleted. */
const OPERATIONS_PER_MESSAGE = 3;
/** What an object is billed as while it is active, whatever it uses (128 MB). */
const OBJECT_GIGABYTES = 0.128;

/** What a sale used. */
export interface Usage extends Readings {
  /** Of Workers. */
  readonly processorMs: number;
  /** Time that objects were active, all objects together. */
  readonly objectSeconds: number;
}

export interface Line {
  readonly item: string;
  readonly units: number;
  readonly dollars: number;
}

export function bill(usage: Usage): Line[] {
  const line = (item: string, units: number, perMillion: number): Line => ({
    item,
    units,
    dollars: (units * perMillion) / 1e6,
  });
  return [
    // A consumer's run is an invocation of the Worker: counted as a request, to be on the safe side.
    line("Worker requests", usage.workerRequests + usage.consumerRuns, PER_MILLION.workerRequests),
    line("Worker processor ms", usage.processorMs, PER_MILLION.processorMs),
    line("object requests", usage.objectRequests, PER_MILLION.objectRequests),
    line("object GB-s", usage.objectSeconds * OBJECT_GIGABYTES, PER_MILLION.objectGigabyteSeconds),
    line("object rows read", usage.objectRowsRead, PER_MILLION.rowsRead),
    line("object rows written", usage.objectRowsWritten, PER_MILLION.rowsWritten),
    line("D1 rows read", usage.d1RowsRead, PER_MILLION.rowsRead),
    line("D1 rows written", usage.d1RowsWritten, PER_MILLION.rowsWritten),
    line(
      "queue operations",
      usage.queueMessages * OPERATIONS_PER_MESSAGE,
      PER_MILLION.queueOperations,
    ),
  ];
}

export function total(lines: readonly Line[]): number {
  return lines.reduce((sum, { dollars }) => sum + dollars, 0);
}
