import { Auditor } from "./auditor.ts";
import { Book } from "./book.ts";
import type { Finding } from "./laws.ts";
import type { Operation } from "./operations.ts";
import { MoneyLaws } from "./money/money-laws.ts";
import { makeMoneyPlan } from "./money/money-plan.ts";
import { makePlan } from "./plan.ts";
import { NO_FAULT, type PlantedFault } from "./planted-fault.ts";
import { answerDigestsAtOnce, drawFromProcesses, hushProcesses } from "./platform-crypto.ts";
import { Random } from "./random.ts";
import { auditRest } from "./rest-audit.ts";
import type { Watch } from "./watch.ts";
import { Workload } from "./workload.ts";
import { World, type Scene } from "./world.ts";

const HOUR_MS = 3_600_000;
/** By then mails have been tried for the last time, and what was parked was sent again. */
const REST_MS_MAX = 72 * HOUR_MS;

/**
 * Shards that owe keys look for them every ten minutes at the least. One whose clock was an hour
 * ahead believes for that hour that it has just looked.
 */
const DEBT_LOOK_MS = 1.5 * HOUR_MS;

export interface Run {
  readonly seed: number;
  readonly finding: Finding | null;
  /** Orders that buyers asked for; each counts once, however often it was asked for. */
  readonly orders: number;
  /** Of those, by what their buyers were told in the end. */
  readonly outcomes: {
    readonly success: number;
    readonly refused: number;
    readonly unknown: number;
  };
  /** Calls that got no answer; most were made again. */
  readonly silences: number;
  /** Of objects and isolates. */
  readonly deaths: number;
  /** Orders that left for the archive, and that came back. */
  readonly archived: number;
  readonly restored: number;
  readonly happened: number;
  /** Of every commit of every object, in their order. */
  readonly digest: string;
}

export function planOf(seed: number, orders: number, scene: Scene = "sale"): Operation[] {
  const make = scene === "sale" ? makePlan : makeMoneyPlan;
  return make(new Random(seed).fork("plan"), orders);
}

/** Plays a script in the world of a seed, to its end or to the first law that is broken. */
export async function play(
  seed: number,
  script: readonly Operation[],
  plant: (() => PlantedFault) | undefined = () => NO_FAULT,
  watch: Watch = {},
): Promise<Run> {
  answerDigestsAtOnce();
  drawFromProcesses();
  hushProcesses();
  // Thousands of errors are part of a run, and nobody reads where they were made.
  Error.stackTraceLimit = 0;
  const fault = plant();
  const book = new Book();
  const auditor = new Auditor(book, watch);
  const scene = watch.scene ?? "sale";
  const world = new World(new Random(seed).fork("world"), { scene, book, witness: auditor, fault });
  const moneyLaws = world.money === null ? null : new MoneyLaws(auditor, world, world.money);
  const workload = new Workload(world, auditor, fault);
  const { timeline } = world;
  const lastMs = timeline.startMs + Math.max(0, ...script.map(({ atMs }) => atMs));
  const orders = script.filter(({ kind }) => kind === "order").length;
  workload.begin(script);
  const until = async (done: () => boolean): Promise<void> => {
    try {
      await timeline.play(done);
    } catch (error) {
      auditor.broken("nothing throws into the event loop", String(error));
    }
  };
  const over = () => auditor.finding !== null;
  await until(() => over() || timeline.nowMs > lastMs);
  world.heal();
  const healedAtMs = timeline.nowMs;
  const isDone = (): boolean =>
    isAtRest(world, workload) &&
    (moneyLaws === null || moneyLaws.isAtRest(healedAtMs)) &&
    (timeline.nowMs > healedAtMs + DEBT_LOOK_MS || !auditor.hasShardedDebt());
  await until(() => over() || timeline.nowMs > healedAtMs + REST_MS_MAX || isDone());
  if (!over()) {
    auditor.law(isAtRest(world, workload), "R2 the world comes to rest", () =>
      JSON.stringify({ running: workload.running, mails: world.book.openMails }),
    );
    const { success, refused, unknown } = auditor.answers.outcomes;
    auditor.law(success + refused + unknown === orders, "R2 every buyer comes to an end", () =>
      JSON.stringify({ ...auditor.answers.outcomes, orders }),
    );
    await auditRest(auditor, world);
    await moneyLaws?.auditRest();
  }
  world.close();
  return {
    seed,
    finding: auditor.finding,
    orders,
    outcomes: auditor.answers.outcomes,
    silences: auditor.answers.silences,
    deaths: world.deaths,
    archived: auditor.archived,
    restored: auditor.restored,
    happened: timeline.happened,
    digest: auditor.digest.text,
  };
}

function isAtRest({ orderEvents, deliveryEmails, book, objects }: World, { running }: Workload) {
  return (
    running === 0 &&
    orderEvents.waiting === 0 &&
    deliveryEmails.waiting === 0 &&
    book.openMails === 0 &&
    book.parked.size === 0 &&
    objects.every((object) => object.isAtRest())
  );
}
