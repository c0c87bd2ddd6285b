import { z } from "zod";
import { dropPhase, type ControllerTerms } from "./drop.ts";
import {
  conversion,
  conversionAtMost,
  feedbackSchema,
  letIn,
  NO_FEEDBACK,
  observe,
  outstanding,
  priorPeople,
  thinned,
} from "./feedback.ts";
import type { StockGlance } from "./glance.ts";
import { lateBy, lateLineSchema, lateTotal, secondsForMore } from "./late-line.ts";
import { dropStateSchema, type DropState } from "./state.ts";
import { CLOSED_THRESHOLD, raised, type Threshold } from "./threshold.ts";

/**
 * The law by which people are let in (docs/drop.md). Each second: of the keys that are left, those that
 * people on their way will take are spoken for; for the rest, as many are let in as it takes by the rate at which
 * people really reserve, and never faster than the stock object can serve.
 */

/** Reservations a second that are aimed at. With payments, looks and retries it is under 500 requests. */
const RESERVATIONS_PER_SECOND = 80;
/** The pace at the opening, in people a second, and how much it may grow with each second. */
const FIRST_PACE = 40;
const PACE_GROWTH = 1.08;
/** Early people are mixed by the draw: those who come next are like those who came before. */
const EARLY_PACE_MAX = 50_000;
/** Later ones are not: a thousand bots may be followed by a thousand buyers. */
const LATE_PACE_MAX = 400;
/** An alarm that rings late does not let in at once whom it missed. */
const TICK_MS_MAX = 2_000;
/** With nobody in line, whoever joins so soon after a tick need not wait for the next one. */
const OPEN_AHEAD_MS = 3_000;
/** Reports of those who joined in the last seconds before the opening come until then, */
const REPORTS_COMPLETE_MS = 8_000;
/** and meanwhile the line is taken to have this many people at least; */
const LINE_AT_LEAST = 500;
/** this many, where no report ever came: reports are lost, and the line may be of any size. */
const LINE_UNKNOWN = 1_000_000;
/** Looks at an empty stock before it is believed: keys may be on their way between shards. */
const EMPTY_LOOKS = 2;
/** After so long without a reservation, so many people a second for each key that is left. */
const QUIET_MS = 30_000;
const QUIET_SHARE = 0.05;
/** Weight of the last second in the pace that is shown. */
const SHOWN_WEIGHT = 0.2;

const controllerSchema = z.object({
  seq: z.int().min(0),
  status: dropStateSchema.shape.status,
  threshold: dropStateSchema.shape.threshold,
  /** Of the last tick; null before the first after the opening. */
  tickedAtMs: z.int().nullable(),
  feedback: feedbackSchema,
  /** People let in so far, as the line is estimated now. */
  admitted: z.number().min(0),
  /** People a second who may be let in. */
  pace: z.number().min(0),
  shownPace: z.number().min(0),
  /** Keys that orders of the drop had at the last look: held, sold or owed. */
  taken: z.number().min(0),
  /** When it was last seen to grow; null before the first look. */
  soldAtMs: z.int().nullable(),
  remaining: z.int().min(0),
  held: z.int().min(0),
  emptyLooks: z.int().min(0),
});
export type Controller = z.infer<typeof controllerSchema>;

/** What must not be lost of a controller, whichever version of this program wrote it. */
const lastingSchema = controllerSchema.pick({ seq: true, status: true, threshold: true });

export const NEW_CONTROLLER: Controller = {
  seq: 0,
  status: "upcoming",
  threshold: CLOSED_THRESHOLD,
  tickedAtMs: null,
  feedback: NO_FEEDBACK,
  admitted: 0,
  pace: FIRST_PACE,
  shownPace: 0,
  taken: 0,
  soldAtMs: null,
  remaining: 0,
  held: 0,
  emptyLooks: 0,
};

/**
 * A controller as it was written. By another version it may have been written otherwise: then what it has
 * learnt is lost and learnt anew within seconds, and what was published stays.
 */
export function readController(stored: unknown): Controller {
  const whole = controllerSchema.safeParse(stored);
  if (whole.success) return whole.data;
  const lasting = lastingSchema.safeParse(stored);
  return lasting.success ? { ...NEW_CONTROLLER, ...lasting.data } : NEW_CONTROLLER;
}

/** What isolates have reported of the line. */
export const lineSchema = z.object({
  /** Early people: an estimate. */
  early: z.number().min(0),
  late: lateLineSchema,
  /** Late people for each late ticket, in (0, 1]: some mailboxes take many tickets. */
  peoplePerTicket: z.number().min(0).max(1),
  /** False until a first report. */
  known: z.boolean(),
});
export type Line = z.infer<typeof lineSchema>;

export interface Tick {
  readonly nowMs: number;
  /** Null where the stock could not be looked at: then nobody is let in. */
  readonly stock: StockGlance | null;
  readonly line: Line;
}

type Terms = Omit<ControllerTerms, "dropId" | "productNumber" | "shards">;

/** One tick of the law. Pure; the threshold never falls, and what is final stays. */
export function tick(controller: Controller, terms: Terms, at: Tick): Controller {
  const { status } = controller;
  if (status === "sold_out" || status === "closed") return controller;
  const phase = dropPhase(terms, at.nowMs);
  if (phase !== "open") return { ...controller, seq: controller.seq + 1, status: phase };

  const looked = look(controller, terms, at);
  const seq = controller.seq + 1;
  if (looked.emptyLooks >= EMPTY_LOOKS) return { ...looked, seq, status: "sold_out" };
  if (at.stock?.drop?.halted === true) {
    return { ...looked, seq, status: "open", tickedAtMs: at.nowMs, shownPace: 0 };
  }
  return { ...admit(looked, terms, at), seq, status: "open", tickedAtMs: at.nowMs };
}

/**
 * What the stock shows: keys left, and what people did since the last tick. Only what orders of the drop have
 * taken counts: other orders of the product may be paid late, or lapse, while it is on.
 */
function look(controller: Controller, terms: Terms, { nowMs, stock }: Tick): Controller {
  if (stock === null) return controller;
  const { free, held: heldOfAll, sold, drop } = stock;
  const left = drop?.left ?? terms.quantity;
  const taken = terms.quantity - left;
  const remaining = Math.min(free, left);
  const first = controller.tickedAtMs === null;
  const fresh = taken - controller.taken;
  const feedback = observe(controller.feedback, {
    fromMs: controller.tickedAtMs ?? nowMs,
    nowMs,
    // Fewer than before: holds lapsed, and who reserved meanwhile cannot be told.
    reservations: first || fresh < 0 || drop?.halted === true ? null : fresh,
  });
  const held = left === 0 ? (drop?.held ?? 0) : heldOfAll;
  // A drop that never had a key is not sold out: they may be imported yet.
  const everSold = drop === null ? sold > 0 : taken > 0;
  const isEmpty = remaining === 0 && held === 0 && everSold;
  return {
    ...controller,
    feedback,
    taken,
    soldAtMs: first || fresh > 0 || controller.soldAtMs === null ? nowMs : controller.soldAtMs,
    remaining,
    held,
    emptyLooks: isEmpty ? controller.emptyLooks + 1 : 0,
  };
}

/** Lets in as many as the keys that nobody on their way will take. */
function admit(controller: Controller, terms: Terms, at: Tick): Controller {
  const { tickedAtMs, remaining } = controller;
  const sinceMs = tickedAtMs === null ? 1_000 : at.nowMs - tickedAtMs;
  const seconds = Math.max(0, Math.min(TICK_MS_MAX, sinceMs)) / 1_000;
  const early = earlyPeople(at, terms);
  const before = peopleLetIn(controller.threshold, terms, at.line, early);
  // Those whose tickets were reported only after they were let in are on their way too; those whom a line was
  // thought to have, and has not, are not.
  const found = before - controller.admitted;
  const feedback =
    found < 0
      ? thinned(controller.feedback, before / controller.admitted)
      : letIn(controller.feedback, found, at.nowMs);

  const prior = priorPeople(terms.quantity);
  const unspoken = at.stock === null ? 0 : remaining - outstanding(feedback, at.nowMs, prior);
  const wanted = Math.max(0, unspoken) / conversion(feedback, prior);
  const limit = RESERVATIONS_PER_SECOND / conversionAtMost(feedback, prior);
  const pace = Math.min(limit, EARLY_PACE_MAX, controller.pace * PACE_GROWTH ** seconds);
  const people = Math.min(wanted, Math.min(pace, quietPeople(controller, at.nowMs)) * seconds);

  const threshold = raisedBy(people, controller.threshold, terms, at, early);
  const admitted = peopleLetIn(threshold, terms, at.line, early);
  const now = Math.max(0, admitted - before);
  const shown = seconds === 0 ? controller.shownPace : now / seconds;
  return {
    ...controller,
    threshold,
    feedback: letIn(feedback, now, at.nowMs),
    admitted,
    pace,
    shownPace: controller.shownPace * (1 - SHOWN_WEIGHT) + shown * SHOWN_WEIGHT,
  };
}

/**
 * People a second who may be let in while nobody reserves at all: something may be in the way that the stock
 * does not show (orders are switched off, no gateway answers), and the rest of the line must not be spent on it.
 */
function quietPeople({ soldAtMs, remaining }: Controller, nowMs: number): number {
  const isQuiet = soldAtMs !== null && nowMs - soldAtMs > QUIET_MS;
  return isQuiet ? Math.max(1, remaining * QUIET_SHARE) : Infinity;
}

/** How many early people the law goes by. */
function earlyPeople({ nowMs, line }: Tick, terms: Terms): number {
  if (!line.known) return LINE_UNKNOWN;
  const complete = nowMs - terms.opensAtMs >= REPORTS_COMPLETE_MS;
  return complete ? line.early : Math.max(line.early, LINE_AT_LEAST);
}

/** The threshold after so many more people: early ones by the draw, then later ones by their time. */
function raisedBy(
  people: number,
  threshold: Threshold,
  terms: Terms,
  { nowMs, line }: Tick,
  earlyCount: number,
): Threshold {
  if (people <= 0) return threshold;
  const waiting = (1 - threshold.early) * earlyCount;
  if (people < waiting) {
    return raised(threshold, { early: threshold.early + people / earlyCount, lateUntilMs: null });
  }
  const late = Math.min(people - waiting, LATE_PACE_MAX);
  const from = secondsAfter(terms, threshold.lateUntilMs);
  const tickets = late / Math.max(line.peoplePerTicket, 1e-3);
  const until = secondsForMore(line.late, from, tickets);
  // Nobody is left whom one knows of: whoever comes enters.
  const lateUntilMs =
    until === null ? nowMs + OPEN_AHEAD_MS : terms.opensAtMs + Math.floor(until * 1_000);
  return raised(threshold, {
    early: 1,
    lateUntilMs: Math.min(Math.max(lateUntilMs, terms.opensAtMs), nowMs + OPEN_AHEAD_MS),
  });
}

function peopleLetIn(threshold: Threshold, terms: Terms, line: Line, early: number): number {
  return threshold.early * early + lateLetIn(threshold, terms, line);
}

function lateLetIn({ lateUntilMs }: Threshold, terms: Terms, line: Line): number {
  if (lateUntilMs === null) return 0;
  return lateBy(line.late, secondsAfter(terms, lateUntilMs)) * line.peoplePerTicket;
}

function secondsAfter(terms: Terms, ms: number | null): number {
  return Math.max(0, ((ms ?? terms.opensAtMs) - terms.opensAtMs) / 1_000);
}

/** What everyone may know of a controller. */
export function published(
  controller: Controller,
  terms: Terms,
  at: Pick<Tick, "nowMs" | "line">,
): DropState {
  const late = lateTotal(at.line.late) * at.line.peoplePerTicket;
  const { seq, status, threshold, remaining, held, shownPace } = controller;
  return {
    seq,
    status,
    threshold,
    remaining,
    held,
    line: {
      early: Math.round(at.line.early),
      lateWaiting: Math.max(0, Math.round(late - lateLetIn(threshold, terms, at.line))),
    },
    admittedPerSecond: Math.round(shownPace * 10) / 10,
    atMs: at.nowMs,
    opensAtMs: terms.opensAtMs,
    closesAtMs: terms.closesAtMs,
    termsVersion: terms.version,
  };
}
