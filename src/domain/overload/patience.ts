/** Resolves when somebody who has something to go on with has waited long enough. */
export type Patience = () => Promise<void>;

/**
 * What is being read, or what was last known where that does not come soon: a database that answers
 * after half a minute is no better for a sale than one that is down. A reading that is given up goes
 * on as long as its request does, and what it fails with later is nobody's.
 */
export function patiently<Value>(
  reading: Promise<Value>,
  last: Value,
  patience: Patience,
): Promise<Value> {
  return Promise.race([reading, patience().then(() => last)]);
}
