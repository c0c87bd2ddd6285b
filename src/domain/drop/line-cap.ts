/** The share of the cap by which a line may be longer: from there on every newcomer is turned away. */
const ROOM = 0.25;

/**
 * Whether a newcomer is turned away because the line is full: nobody below the cap, everybody at a quarter
 * more, and between them the likelier the longer the line (random early detection: Floyd and Jacobson,
 * "Random early detection gateways for congestion avoidance", 1993). `lot` is the newcomer's own, in
 * [0, 1), and always the same: asking again gains nothing, and another ticket of the same mailbox neither.
 */
export function isTurnedAway(lot: number, people: number, lineMax: number | null): boolean {
  if (lineMax === null) return false;
  return lot < (people - lineMax) / (ROOM * lineMax);
}

/** More people than keys: only now does whoever takes two places take one from somebody. */
export function isUnderPressure(people: number, quantity: number): boolean {
  return people > quantity;
}
