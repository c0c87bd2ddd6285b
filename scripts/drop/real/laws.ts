import { createHash, createHmac } from "node:crypto";
import type { Law } from "../laws.ts";
import { binomialTail, kolmogorovSmirnov } from "../statistics.ts";
import type { Told } from "./buyer.ts";

export interface RealPlay {
  readonly keys: number;
  readonly records: readonly Told[];
  readonly stock: { readonly free: number; readonly held: number; readonly sold: number };
  readonly over: {
    readonly id: string;
    readonly status: string;
    readonly seed: string | null;
    readonly commitment: string;
  };
  /** As it was published before the opening. */
  readonly commitment: string;
  readonly requestsPerSecondMax: number;
  readonly oddities: readonly string[];
}

const REQUESTS_PER_SECOND_MAX = 500;
const LEVEL = 0.01;

/** What a drop promises, held against what people were told over HTTP. Knows nothing of how the shop works. */
export function judgeReal(play: RealPlay): Law[] {
  const { records, keys, stock, over } = play;
  const shown = records.flatMap((record) => record.keys);
  const honest = records.filter(({ plans }) => plans.trick === "none");
  return [
    law(stock.sold === keys && stock.free === 0 && stock.held === 0, "every key is sold", {
      said: `${stock.sold} of ${keys}; ${stock.free} free, ${stock.held} held; ${over.status}`,
    }),
    law(new Set(shown).size === shown.length && shown.length === keys, "no key is sold twice", {
      said: `buyers see ${shown.length} keys, ${new Set(shown).size} of them distinct`,
    }),
    law(paidHold(records), "who paid in time holds a key", {
      said: `${records.filter(({ paidAtMs }) => paidAtMs !== null).length} paid, ${records.filter(isInTime).length} of them in time`,
    }),
    law(play.requestsPerSecondMax < REQUESTS_PER_SECOND_MAX, "the stock object is never rushed", {
      said: `at most ${play.requestsPerSecondMax} requests in a second, under ${REQUESTS_PER_SECOND_MAX}`,
    }),
    drawn(play),
    arrivals(honest),
    tricks(records),
    bots(records),
    law(
      records.every((record) => record.heardSoldOut || hasEnded(record)),
      "everyone who waits hears the end",
      { said: `${records.filter((record) => record.heardSoldOut).length} heard that it is over` },
    ),
    law(play.oddities.length === 0, "no answer is odd", {
      said: play.oddities[0] ?? "each was one that the reference tells of",
    }),
  ];
}

/** Money that comes after its hold lapsed gets a key if one is left; the shop owes it otherwise, and says so. */
function paidHold(records: readonly Told[]): boolean {
  return records.every((record) => {
    const count = record.keys.length;
    if (record.paidAtMs === null) return count === 0;
    return count === 1 || (count === 0 && !isInTime(record));
  });
}

function isInTime({ paidAtMs, order }: Told): boolean {
  return paidAtMs !== null && order !== null && paidAtMs < order.expiresAtMs;
}

/** Whose part in it was over before the end: they have an order, or left the line as they meant to. */
function hasEnded({ order, plans, refused }: Told): boolean {
  return order !== null || !plans.orders || plans.trick === "forged" || refused.length > 0;
}

/** The seed is the one that was promised, and everyone's draw is what anyone works out from it. */
function drawn({ over, commitment, records }: RealPlay): Law {
  const seed = over.seed ?? "";
  const promised = createHash("sha256")
    .update(`kamidrop-drop-seed-v1\n${over.id}\n${seed}`)
    .digest("hex");
  const told = records.filter(({ draw }) => draw !== null);
  const wrong = told.filter(({ draw, identity, plans }) => {
    // These addresses are plain: their mailbox is what is written, without "+".
    const [local = "", domain = ""] = plans.email.split("@");
    const mailbox = `${local.split("+")[0]}@${domain}`;
    const text = `kamidrop-drop-identity-v1\n${over.id}\n${mailbox}`;
    const own = createHash("sha256").update(text).digest().subarray(0, 16);
    const mac = createHmac("sha256", Buffer.from(seed, "base64url")).update(own).digest();
    return (
      own.toString("base64url") !== identity ||
      Number(mac.readBigUInt64BE() >> 12n) / 2 ** 52 !== draw
    );
  });
  const isPromised = promised === commitment && over.commitment === commitment;
  return law(isPromised && wrong.length === 0 && told.length > 0, "the draw is the promised one", {
    said: `${told.length} draws worked out again from the seed that was shown, ${wrong.length} differ`,
  });
}

function arrivals(honest: readonly Told[]): Law {
  const early = honest
    .filter(({ isEarly }) => isEarly)
    .toSorted((a, b) => a.joinedAtMs - b.joinedAtMs);
  const places = early.flatMap(({ keys }, place) =>
    keys.length > 0 ? [(place + 0.5) / early.length] : [],
  );
  const { d, p } = kolmogorovSmirnov(places);
  return law(p > LEVEL, "it does not matter when an early person joined", {
    said: `Kolmogorov-Smirnov over ${places.length} winners of ${early.length}: D = ${d.toFixed(4)}, p = ${p.toFixed(3)}`,
  });
}

/** Forged tickets, orders before their turn, and tickets used twice: each is refused by its name. */
function tricks(records: readonly Told[]): Law {
  const expected = {
    forged: ["ticket_required"],
    early_order: ["not_on_sale", "ticket_not_admitted"],
    twice: ["ticket_used", "limit_reached"],
  };
  const tried = records.flatMap(({ plans: { trick }, refused }) =>
    trick === "none" || refused.length === 0 ? [] : [{ trick, said: refused[0] ?? "" }],
  );
  const wrong = tried.filter(({ trick, said }) => !expected[trick].includes(said));
  return law(wrong.length === 0, "tricks are refused", {
    said: `${tried.length} tried; ${wrong[0] === undefined ? "each refused by its name" : `${wrong[0].trick} was told ${wrong[0].said}`}`,
  });
}

/** All tickets of a mailbox together are one draw. */
function bots(records: readonly Told[]): Law {
  const byMailbox = new Map<string, Told[]>();
  for (const record of records) {
    if (!record.plans.email.startsWith("bot")) continue;
    const mailbox = record.plans.email.split("+")[0] ?? "";
    byMailbox.set(mailbox, [...(byMailbox.get(mailbox) ?? []), record]);
  }
  const won = [...byMailbox.values()].map((own) =>
    own.reduce((sum, { keys }) => sum + keys.length, 0),
  );
  const steady = records.filter(
    ({ plans, isEarly }) =>
      plans.orders &&
      plans.pays &&
      isEarly &&
      plans.trick === "none" &&
      !plans.email.startsWith("bot"),
  );
  const chance = steady.filter(({ keys }) => keys.length > 0).length / Math.max(1, steady.length);
  const winners = won.filter((keys) => keys > 0).length;
  const draws = new Set(
    [...byMailbox.values()].map((own) => new Set(own.flatMap(({ draw }) => draw ?? [])).size),
  );
  const tail = binomialTail(winners, won.length, chance);
  const holds = Math.max(0, ...won) <= 1 && Math.max(0, ...draws) <= 1 && tail > LEVEL;
  return law(holds, "a hundred tickets gain nothing", {
    said: `${winners} of ${won.length} bots got a key, at most ${Math.max(0, ...won)} each; honest: ${(100 * chance).toFixed(2)} %; p = ${tail.toFixed(3)}`,
  });
}

function law(holds: boolean, name: string, { said }: { said: string }): Law {
  return { law: name, holds, said };
}
