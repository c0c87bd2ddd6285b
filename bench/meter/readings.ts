/** What the platform bills, as counted by bench/meter. Whole numbers; they only grow. */
export interface Readings {
  /** Requests to the Worker. */
  workerRequests: number;
  /** Batches that queues handed to the Worker. */
  consumerRuns: number;
  /** Calls of objects, and alarms of stock objects that rang. */
  objectRequests: number;
  /** Of them, those of stock objects. */
  stockRequests: number;
  objectRowsRead: number;
  /** With index entries, and one for each setting of the alarm. */
  objectRowsWritten: number;
  d1RowsRead: number;
  d1RowsWritten: number;
  /** Sent; each is about three operations. */
  queueMessages: number;
  /** Calls of `reserve`, and the reservations in them. */
  reserveCalls: number;
  reservations: number;
}

export function noReadings(): Readings {
  return {
    workerRequests: 0,
    consumerRuns: 0,
    objectRequests: 0,
    stockRequests: 0,
    objectRowsRead: 0,
    objectRowsWritten: 0,
    d1RowsRead: 0,
    d1RowsWritten: 0,
    queueMessages: 0,
    reserveCalls: 0,
    reservations: 0,
  };
}

/** What was counted between two looks. */
export function difference(after: Readings, before: Readings): Readings {
  return mapReadings((name) => after[name] - before[name]);
}

export function mapReadings(value: (name: keyof Readings) => number): Readings {
  const readings = noReadings();
  for (const name of Object.keys(readings) as (keyof Readings)[]) readings[name] = value(name);
  return readings;
}

/** Where a metered Worker tells its readings. */
export const METER_PATH = "/bench/meter";
