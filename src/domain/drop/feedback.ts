import { z } from "zod";

/**
 * What people who were let in do, as seen from the stock: how many of them reserve, and how many who will are
 * still on their way. "People" are the line's estimate of them. If that is off by some factor, the
 * conversion found here is off by its inverse, and what is expected of an admission is right all the same.
 */
export const feedbackSchema = z.object({
  /** Those let in recently, newest last. */
  cohorts: z.array(z.object({ atMs: z.int(), people: z.number().min(0) })),
  /** People who have had their time, and reservations made: both of about the last RESERVATIONS_KEPT. */
  matured: z.number().min(0),
  reserved: z.number().min(0),
});
export type Feedback = z.infer<typeof feedbackSchema>;

export const NO_FEEDBACK: Feedback = { cohorts: [], matured: 0, reserved: 0 };

/** From being let in to reserving: the next poll, the look at the page, the form. At least, and the mean beyond that. */
const RESPONSE_MS_MIN = 3_000;
const RESPONSE_MS_MORE = 16_000;
/** Who has not reserved by then will not: they left, or never meant to. */
const PATIENCE_MS = 90_000;
/**
 * Until more is seen, everyone is taken to buy, with the weight of so many people: that many, or that share of
 * the keys. A shop that is slow looks like one whose people do not buy, and must not be rushed for it.
 */
const PRIOR_PEOPLE_MIN = 8;
const PRIOR_SHARE_OF_KEYS = 0.08;
/** The memory of the moving average, in reservations and in people: with neither, one number would rule for ever. */
const RESERVATIONS_KEPT = 150;
const PEOPLE_KEPT = 100_000;

/** The share of those who will reserve that has, so long after they were let in. */
function responded(ageMs: number): number {
  if (ageMs >= PATIENCE_MS) return 1;
  return ageMs <= RESPONSE_MS_MIN ? 0 : 1 - Math.exp((RESPONSE_MS_MIN - ageMs) / RESPONSE_MS_MORE);
}

/**
 * The feedback a moment later: cohorts have aged, and `reservations` were made. Null where the stock says
 * nothing of them (it was not reached, or holds lapsed and hide them): then people age, and nothing
 * is learnt from it.
 */
export function observe(
  feedback: Feedback,
  from: { readonly fromMs: number; readonly nowMs: number; readonly reservations: number | null },
): Feedback {
  const { fromMs, nowMs, reservations } = from;
  let had = 0;
  for (const { atMs, people } of feedback.cohorts) {
    had += people * (responded(nowMs - atMs) - responded(fromMs - atMs));
  }
  const cohorts = feedback.cohorts.filter(({ atMs }) => nowMs - atMs < PATIENCE_MS);
  if (reservations === null) return { ...feedback, cohorts };
  const matured = feedback.matured + Math.max(0, had);
  const reserved = feedback.reserved + reservations;
  const keep = Math.min(1, RESERVATIONS_KEPT / reserved, PEOPLE_KEPT / matured);
  return { cohorts, matured: matured * keep, reserved: reserved * keep };
}

/** With people who were let in now. Those of one moment are one cohort. */
export function letIn(feedback: Feedback, people: number, nowMs: number): Feedback {
  if (people <= 0) return feedback;
  const last = feedback.cohorts.at(-1);
  if (last?.atMs !== nowMs) {
    return { ...feedback, cohorts: [...feedback.cohorts, { atMs: nowMs, people }] };
  }
  const merged = { atMs: nowMs, people: last.people + people };
  return { ...feedback, cohorts: [...feedback.cohorts.slice(0, -1), merged] };
}

/** With that share of those who were thought to be on their way: the line has turned out to be shorter. */
export function thinned(feedback: Feedback, share: number): Feedback {
  const cohorts = feedback.cohorts.map(({ atMs, people }) => ({ atMs, people: people * share }));
  return { ...feedback, cohorts };
}

/** How many people the prior weighs, in a drop of that many keys. */
export function priorPeople(quantity: number): number {
  return Math.max(PRIOR_PEOPLE_MIN, quantity * PRIOR_SHARE_OF_KEYS);
}

/** Reservations for one person let in: a moving average (EWMA) over people, not over time. */
export function conversion({ matured, reserved }: Feedback, prior: number): number {
  return (reserved + prior) / (matured + prior);
}

/** The most that the conversion may well be: two standard deviations of a Poisson count above. */
export function conversionAtMost({ matured, reserved }: Feedback, prior: number): number {
  const seen = reserved + prior;
  return (seen + 2 * Math.sqrt(seen)) / (matured + prior);
}

/** Reservations that those who were let in are still expected to make. */
export function outstanding(feedback: Feedback, nowMs: number, prior: number): number {
  const onTheirWay = feedback.cohorts.reduce(
    (sum, { atMs, people }) => sum + people * (1 - responded(nowMs - atMs)),
    0,
  );
  return conversion(feedback, prior) * onTheirWay;
}
