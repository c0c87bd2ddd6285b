import { seededRandom } from "../rehearse/random.ts";
import { CROWD, KIND, type Plan } from "./plan.ts";

/** Never, as a moment in milliseconds after the start. */
export const NEVER = 2 ** 31 - 1;

/**
 * A million people in typed arrays: what they will do is decided beforehand and does not depend on when they
 * join, so that whatever chance depends on it afterwards is the line's doing. Times are milliseconds after
 * the start, which is `CROWD.joinMs` before the opening.
 */
export interface People {
  readonly count: number;
  readonly kind: Uint8Array;
  /** Of a bot: which one. */
  readonly bot: Int32Array;
  readonly bots: number;
  readonly joinsAt: Int32Array;
  readonly leavesAt: Int32Array;
  readonly orders: Uint8Array;
  /** 0 never, 1 in time, 2 too late. */
  readonly pays: Uint8Array;
  readonly ordersAfter: Int32Array;
  readonly paysAfter: Int32Array;
}

export function makePeople(plan: Plan): People {
  const random = seededRandom(plan.seed);
  const { arrivals: count } = plan;
  const botTickets = Math.round(count * CROWD.botTickets);
  const bots = Math.floor(botTickets / CROWD.ticketsPerBot);
  const people: People = {
    count,
    kind: new Uint8Array(count),
    bot: new Int32Array(count).fill(-1),
    bots,
    joinsAt: new Int32Array(count),
    leavesAt: new Int32Array(count).fill(NEVER),
    orders: new Uint8Array(count),
    pays: new Uint8Array(count),
    ordersAfter: new Int32Array(count),
    paysAfter: new Int32Array(count),
  };
  for (let person = 0; person < count; person++) {
    if (person < bots * CROWD.ticketsPerBot) makeBot(people, person, random);
    else makePerson(people, person, random);
  }
  return people;
}

/** A bot is early, quick, buys and pays: it has every advantage but its one draw. */
function makeBot(people: People, person: number, random: () => number): void {
  people.kind[person] = KIND.bot;
  people.bot[person] = Math.floor(person / CROWD.ticketsPerBot);
  people.joinsAt[person] = joinsEarly(random);
  people.orders[person] = 1;
  people.pays[person] = 1;
  people.ordersAfter[person] = 100;
  people.paysAfter[person] = 1_000;
}

function makePerson(people: People, person: number, random: () => number): void {
  const kind = random();
  const isForger = kind < CROWD.forged;
  const isWatcher = !isForger && kind < CROWD.forged + CROWD.watchers;
  people.kind[person] = isForger ? KIND.forger : isWatcher ? KIND.watcher : KIND.honest;
  people.joinsAt[person] = random() < CROWD.early ? joinsEarly(random) : joinsLate(random);
  const leaves = random() < CROWD.leave;
  const stays = CROWD.joinMs + exponential(CROWD.leaveMs, random);
  const late = Math.max(0, (people.joinsAt[person] ?? 0) - CROWD.joinMs);
  people.leavesAt[person] = leaves && kind >= CROWD.forged ? Math.floor(stays + late) : NEVER;
  people.orders[person] = isWatcher ? 0 : Number(random() < CROWD.order);
  const pays = random();
  people.pays[person] = pays < CROWD.pay ? 1 : pays < CROWD.pay + CROWD.payLate ? 2 : 0;
  people.ordersAfter[person] = logNormal(CROWD.orderMs, random);
  people.paysAfter[person] = Math.min(logNormal(CROWD.payMs, random), 110_000);
}

function joinsEarly(random: () => number): number {
  const back =
    random() < 0.5 ? random() * CROWD.joinMs : Math.min(CROWD.joinMs, exponential(20_000, random));
  return Math.max(0, Math.floor(CROWD.joinMs - 1 - back));
}

function joinsLate(random: () => number): number {
  return CROWD.joinMs + Math.floor(exponential(CROWD.lateMs, random));
}

function exponential(mean: number, random: () => number): number {
  return -mean * Math.log(1 - random());
}

/** With a spread of 0.6 in logarithms: a third takes less than two thirds of the median, or half again as long. */
function logNormal(median: number, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.floor(median * Math.exp(0.6 * normal));
}

/** The address that an arrival gives. All of a bot's are one mailbox. */
export function emailOf(people: People, person: number): string {
  const bot = people.bot[person] ?? -1;
  if (bot < 0) return `person-${person}@example.com`;
  const name = `keygrabber${bot.toString(36)}`;
  const dotted = name.slice(0, 1 + (person % (name.length - 1)));
  return `${dotted}.${name.slice(dotted.length)}+${person}@${person % 3 === 0 ? "googlemail" : "gmail"}.com`;
}
