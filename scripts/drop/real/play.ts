import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "../../rehearse/random.ts";
import { Funnel } from "../funnel.ts";
import { standInLine, type Line, type Plans, type Told } from "./buyer.ts";
import type { RealPlay } from "./laws.ts";
import { Pool } from "./pool.ts";
import { announceDrop, openShop, type RealDrop, type RealShop } from "./shop.ts";

export interface RealOptions {
  readonly arrivals: number;
  readonly keys: number;
  readonly seed: number;
  readonly hold: number;
}

const CONNECTIONS = 128;
const EARLY_SHARE = 0.8;
/** As fast as people may join before the opening: what one machine takes beside its own load. */
const JOINS_PER_SECOND = 220;
const BOT_TICKETS = 0.05;
const TICKETS_PER_BOT = 100;
const MINUTES_MAX = 15;

/** A drop on the built Worker over HTTP on this machine, from joining to the last key. */
export async function playReal(
  options: RealOptions,
  say: (text: string) => void,
): Promise<{ play: RealPlay; funnel: Funnel; opensAt: number }> {
  const folder = await mkdtemp(join(tmpdir(), "kamidrop-drop-"));
  const keys = Array.from({ length: options.keys }, (_, n) => `DROP-${String(n).padStart(6, "0")}`);
  say("building…");
  const shop = await openShop(folder, keys);
  try {
    return await playIn(shop, options, say);
  } finally {
    await shop.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function playIn(shop: RealShop, options: RealOptions, say: (text: string) => void) {
  const { arrivals, keys: quantity, seed, hold: holdSeconds } = options;
  const random = seededRandom(seed);
  const joinMs = Math.ceil((arrivals * EARLY_SHARE * 1_000) / JOINS_PER_SECOND) + 5_000;
  const startMs = Date.now() + 1_000;
  const opensAtMs = startMs + joinMs;
  const drop = await announceDrop(shop, { opensAtMs, quantity, holdSeconds });
  const funnel = new Funnel();
  const end = new End();
  const line: Line = {
    pool: new Pool(shop.origin, CONNECTIONS),
    dropId: drop.id,
    productId: shop.productId,
    accountId: shop.accountId,
    opensAtMs,
    funnel,
    random,
    pause: (ms) => end.pause(ms),
    oddities: [],
  };
  const people = plansOf(arrivals, { startMs, joinMs, random });
  say(`${arrivals} people, ${quantity} keys; opens in ${Math.round(joinMs / 1_000)} s`);
  const lives = people.map((plans) => standInLine(line, plans));
  await watch(shop, drop, { line, startMs, end, say });
  const records = await Promise.all(lives);
  await readKeys(line, records);
  const over = JSON.parse(
    (await line.pool.ask({ method: "GET", path: `/api/v1/drops/${drop.id}/state` })).body,
  ) as RealPlay["over"];
  line.pool.close();
  const play: RealPlay = {
    keys: quantity,
    records,
    stock: await shop.stock(),
    over,
    commitment: drop.seed_commitment,
    requestsPerSecondMax: funnel.requestsPerSecondMax,
    oddities: line.oddities,
  };
  return { play, funnel, opensAt: joinMs / 1_000 };
}

/** Waits of everyone, which the end of the drop cuts short: they ask once more, and hear it. */
class End {
  readonly #waiting = new Set<() => void>();
  #isOver = false;

  pause(ms: number): Promise<void> {
    // Spread over some seconds, as they would come by themselves over a minute.
    const waitMs = this.#isOver ? Math.min(ms, 3_000 * Math.random()) : ms;
    if (waitMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      this.#waiting.add(done);
    });
  }

  come(): void {
    this.#isOver = true;
    for (const done of this.#waiting) setTimeout(done, 5_000 * Math.random());
  }
}

function plansOf(
  arrivals: number,
  { startMs, joinMs, random }: { startMs: number; joinMs: number; random: () => number },
): Plans[] {
  const botCount = Math.floor((arrivals * BOT_TICKETS) / TICKETS_PER_BOT);
  const botTickets = botCount * TICKETS_PER_BOT;
  const plain = Array.from({ length: arrivals - botTickets }, (_, n): Plans => {
    const isEarly = random() < EARLY_SHARE;
    const at = isEarly ? random() * (joinMs - 2_000) : joinMs + random() * 30_000;
    const trick = random();
    return {
      number: n,
      email: `person-${n}@example.com`,
      joinsAtMs: startMs + at,
      orders: random() < 0.8,
      pays: random() < 0.88,
      trick:
        trick < 0.005 ? "forged" : trick < 0.01 ? "early_order" : trick < 0.1 ? "twice" : "none",
    };
  });
  const bots = Array.from({ length: botTickets }, (_, n): Plans => {
    const bot = n % botCount;
    return {
      number: arrivals + n,
      email: `bot${bot}+${Math.floor(n / botCount)}@example.com`,
      joinsAtMs: startMs + random() * (joinMs - 2_000),
      orders: true,
      pays: true,
      trick: "none",
    };
  });
  return [...plain, ...bots];
}

/** Second by second until the drop is over: what the object was asked, and what is left. */
async function watch(
  shop: RealShop,
  drop: RealDrop,
  of: { line: Line; startMs: number; end: End; say: (text: string) => void },
): Promise<void> {
  const { line, startMs, end, say } = of;
  const { funnel } = line;
  const untilMs = Date.now() + MINUTES_MAX * 60_000;
  let stateSaid = "";
  for (let second = 0; Date.now() < untilMs && stateSaid !== "sold_out"; second++) {
    await sleepUntil(startMs + second * 1_000);
    const [readings, answer] = await Promise.all([
      shop.readings(),
      fetch(`${shop.origin}/api/v1/drops/${drop.id}/state`),
    ]);
    const state = (await answer.json()) as { status: string; remaining: number; held: number };
    stateSaid = state.status;
    const left = state.remaining + state.held;
    funnel.close(second, readings.stockRequests, {
      remaining: state.remaining,
      held: state.status === "upcoming" ? 0 : state.held,
    });
    if (second % 10 === 0) {
      say(
        `  ${second} s: ${funnel.arrived} arrived · ${funnel.admitted} let in · ${funnel.reserved} reserved · ${left} left · ${line.pool.asked} requests`,
      );
    }
  }
  end.come();
}

async function sleepUntil(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, ms - Date.now())));
}

/** What each buyer's page shows at the end. */
async function readKeys(line: Line, records: readonly Told[]): Promise<void> {
  await Promise.all(
    records.map(async (record) => {
      if (record.order === null) return;
      const { id, token } = record.order;
      const answer = await line.pool.ask({
        method: "GET",
        path: `/api/v1/orders/${id}`,
        headers: { authorization: `Bearer ${token}` },
      });
      const order = JSON.parse(answer.body) as { keys: { secret: string }[] | null };
      record.keys = (order.keys ?? []).map(({ secret }) => secret);
    }),
  );
}
