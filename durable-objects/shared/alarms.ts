/** When something is due; null where nothing is. */
export type DeadlineMs = number | null;

/** The one alarm of an object serves all its deadlines: it rings at the first of them. */
export function earliest(deadlinesMs: readonly DeadlineMs[]): DeadlineMs {
  let first: DeadlineMs = null;
  for (const deadline of deadlinesMs) {
    if (deadline !== null && (first === null || deadline < first)) first = deadline;
  }
  return first;
}

/**
 * What the alarm must be set to, or null to leave it. Only an earlier deadline moves it: each
 * setAlarm is a written row, and an alarm that rings for a deadline that has gone meanwhile finds
 * nothing to do and is set anew. So a rush of holds costs one alarm, not one per hold.
 */
export function alarmToSet(armedAtMs: DeadlineMs, neededAtMs: DeadlineMs): DeadlineMs {
  if (neededAtMs === null) return null;
  return armedAtMs === null || neededAtMs < armedAtMs ? neededAtMs : null;
}
