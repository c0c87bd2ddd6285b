/** Turns of 20 ms: far more than a queue on this machine takes. */
const TURNS_MAX = 500;

/** Asks until there is an answer: for what is written behind the sale. */
export async function eventually<Value>(
  ask: () => Promise<Value | null | undefined>,
): Promise<Value> {
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    // Each look depends on the one before having found nothing.
    const value = await ask();
    if (value !== null && value !== undefined) return value;
    await scheduler.wait(20);
  }
  throw new Error("it never came");
}
