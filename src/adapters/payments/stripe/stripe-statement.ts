import type { Stripe } from "stripe";
import { z } from "zod";
import { formatDecimal } from "../../../domain/money.ts";
import { Unavailable } from "../../../domain/overload/unavailable.ts";
import type { StatementDay, StatementDownload } from "../../../flows/payments/payment-ports.ts";
import { unavailable } from "../outgoing.ts";
import { outcomeOf } from "./stripe-client.ts";
import { stripeMoney } from "./stripe-money.ts";

/** Movements of one call: each brings its charge or refund along, and an answer has its limit. */
const PAGE = 40;
/** Of one part: with 1,960 movements a little less than a page of the comparison. */
const PART_PAGES = 49;
const AGAIN_SECONDS = 60;

/** The charge, refund or dispute that a movement is of. */
const source = z
  .object({
    id: z.string(),
    payment_intent: z.string().nullish(),
    metadata: z.record(z.string(), z.string()).nullish(),
  })
  .nullish()
  .catch(null);
const movement = z.object({
  id: z.string(),
  created: z.int(),
  currency: z.string(),
  amount: z.int(),
  fee: z.int(),
  reporting_category: z.string(),
  source,
});
const page = z.object({ data: z.array(movement), has_more: z.boolean() });
type Movement = z.infer<typeof movement>;

const HEADINGS =
  "balance_transaction_id,created_utc,currency,gross,fee,reporting_category,source_id,payment_intent_id,payment_metadata[order_id]";

/**
 * The balance transactions of a day, written as the report "Itemized balance change from activity" is: whoever
 * compares them need not know that they came by calls. The first call is made before the answer, so that a wrong
 * key is told as such. A long day comes in parts, each with the headings; the last movement of one is the cursor of
 * the next. Stripe lists the newest first, so what is booked meanwhile comes before the cursor and moves nothing.
 */
export async function balanceChanges(
  client: Stripe,
  day: StatementDay,
): Promise<StatementDownload> {
  try {
    const first = await pageAfter(client, day, day.from ?? null);
    if (first === null) return unavailable("not_understood");
    const part: Part = { rest: null };
    return { kind: "file", pieces: lines(client, day, first, part), rest: () => part.rest };
  } catch (error) {
    return outcomeOf(error);
  }
}

async function pageAfter(client: Stripe, { fromMs, toMs }: StatementDay, after: string | null) {
  const answer: unknown = await client.balanceTransactions.list({
    created: { gte: fromMs / 1_000, lt: toMs / 1_000 },
    limit: PAGE,
    expand: ["data.source"],
    ...(after === null ? {} : { starting_after: after }),
  });
  return page.safeParse(answer).data ?? null;
}

interface Part {
  /** Set when its lines have ended. */
  rest: string | null;
}

async function* lines(client: Stripe, day: StatementDay, first: z.infer<typeof page>, part: Part) {
  const text = new TextEncoder();
  yield text.encode(`${HEADINGS}\n`);
  let current = first;
  for (let pages = 1; ; pages++) {
    yield text.encode(current.data.map((each) => `${lineOf(each)}\n`).join(""));
    const last = current.data.at(-1);
    if (!current.has_more || last === undefined) return;
    if (pages === PART_PAGES) {
      part.rest = last.id;
      return;
    }
    // oxlint-disable-next-line no-await-in-loop -- a page begins where the last one ended
    const next = await nextPage(client, day, last.id);
    if (next === null) throw new Unavailable("gateway", AGAIN_SECONDS);
    current = next;
  }
}

/** Half a day is no statement: whatever keeps us from the rest is thrown. */
async function nextPage(client: Stripe, day: StatementDay, after: string) {
  try {
    return await pageAfter(client, day, after);
  } catch (cause) {
    const outcome = outcomeOf(cause);
    const seconds = outcome.kind === "unavailable" ? outcome.retryAfterSeconds : null;
    throw new Unavailable("gateway", seconds ?? AGAIN_SECONDS, { cause });
  }
}

function lineOf({ id, created, currency, amount, fee, reporting_category, source: of }: Movement) {
  const at = new Date(created * 1_000).toISOString().slice(0, 19).replace("T", " ");
  const cells = [
    id,
    at,
    currency,
    decimal(amount, currency),
    decimal(fee, currency),
    reporting_category,
    of?.id ?? "",
    of?.payment_intent ?? "",
    of?.metadata?.["order_id"] ?? "",
  ];
  return cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",");
}

/** In a currency that we do not sell in the row is unreadable for its currency, whatever its sum says. */
function decimal(amount: number, currency: string): string {
  const money = stripeMoney(Math.abs(amount), currency);
  if (money === null) return String(amount);
  return `${amount < 0 ? "-" : ""}${formatDecimal(money)}`;
}
