import { drizzle } from "drizzle-orm/d1";
import { makeMailSenders } from "../adapters/mail/senders.ts";
import { makePictures } from "../adapters/pictures/elsewhere.ts";
import { makeArchive } from "../db/orders/archive.ts";
import { makeAuditLog } from "../db/audit-log.ts";
import { makeCatalog } from "../db/shop/catalog.ts";
import { makeDeliveries } from "../db/orders/deliveries.ts";
import { makeDrops } from "../db/drops/drops.ts";
import { makeFindings } from "../db/statements/findings.ts";
import { makeIdempotencyRecords } from "../db/idempotency-records.ts";
import { makeKeyBatches } from "../db/stock/key-batches.ts";
import { makeMerchants } from "../db/shop/merchants.ts";
import { makeOrderBook } from "../db/orders/order-book.ts";
import { makeParkedMessages } from "../db/parked-messages.ts";
import { makeProducts } from "../db/shop/products.ts";
import { makeReconcileBook } from "../db/stock/reconcile-book.ts";
import { makeRiskLists } from "../db/risk/risk-lists.ts";
import { makeShopSettings } from "../db/shop/shop-settings.ts";
import { makeSwitchBook } from "../db/shop/switches.ts";
import { makeTokens } from "../db/shop/tokens.ts";
import { askShards, countProductStock } from "../flows/stock/shards.ts";
import { EarlyRefusal } from "../domain/overload/early-refusal.ts";
import { PARTS, type Off } from "../domain/switches.ts";
import { makeTasks } from "../db/payments/tasks.ts";
import { settingsOf, type ShopSettings } from "../domain/settings/shop-settings.ts";
import type { ChallengeVerifier } from "../flows/buyers/challenge-ports.ts";
import type { CodeDue, MailSender, Vault } from "../flows/ports.ts";
import { throughArchive } from "../flows/orders/through-archive.ts";
import type { DropId, MerchantId } from "../domain/ids.ts";
import { EdgeMemory } from "../domain/memory/edge-memory.ts";
import { readyLists } from "../domain/risk/risk-lists.ts";
import { RiskMemory } from "../domain/risk/risk-memory.ts";
import { makeAvailability } from "./availability.ts";
import type { Bindings } from "./bindings.ts";
import { makeBreakers } from "./breakers.ts";
import { systemClock, systemEntropy, systemPatience } from "./clock.ts";
import { guardedDatabase } from "./guarded-database.ts";
import { fileDigest } from "./file-digest.ts";
import { guardedSenders } from "./guarded-senders.ts";
import { dataCentreCache, platformCache } from "./data-centre-cache.ts";
import { dropControllers } from "./drop-controllers.ts";
import { makeDropDraws } from "./drop-draws.ts";
import { makeLimits } from "./limits.ts";
import { makeTurnstile } from "../adapters/captcha/turnstile.ts";
import { isDisposable } from "../adapters/risk/disposable-domains.ts";
import { makeDropStates } from "./drop-states.ts";
import { makeLineCounter } from "./line-counter.ts";
import { guardedChallenge } from "./guarded-challenge.ts";
import { stockObjects } from "./objects.ts";
import { makeSwitches, offeredCatalog } from "./switches.ts";
import { Metrics } from "./metrics.ts";
import { delayedOutlet, outlet } from "./outlet.ts";
import { paymentDeps } from "./payment-deps.ts";
import { makeSoldOut } from "./sold-out.ts";
import { workerTurns } from "./worker-turns.ts";
import { makeVault } from "./vault.ts";

/** What a build may add to the composition: the development build catches mail in an inbox. */
export interface Extras {
  readonly mailSenders?: (env: Bindings, vault: Vault) => readonly MailSender[];
  /** Gateways may be on this very machine: the simulator. Never so in production. */
  readonly reachesThisMachine?: boolean;
  /** `fetch` to gateways; the development build leads what is for the simulator to the simulator. */
  readonly reachGateway?: (url: string, init: RequestInit) => Promise<Response>;
  /** Plays the captcha's verifier, so that development asks no third party. */
  readonly challenge?: ChallengeVerifier;
}

/**
 * The composition root: the only file that knows every adapter (those of payments by way of payment-deps.ts). Handlers, consumers and jobs get
 * what it made and never reach past it.
 */
function compose(env: Bindings, extras: Extras) {
  const clock = systemClock;
  const patience = systemPatience;
  const db = drizzle(env.DB);
  const metrics = countingMetrics(env, clock.nowMs());
  const breakers = makeBreakers(workerTurns, metrics);
  /** For what isolates remember: not asked while D1 is down. */
  const guarded = guardedDatabase(env.DB, breakers.of("database"));
  const reading = drizzle(guarded);
  /** The nearest copy of D1, where it has any (Sessions API): may be a moment behind. */
  const near = () =>
    drizzle(guarded.withSession("first-unconstrained") as unknown as typeof guarded);
  const vault = makeVault({
    sealing: env.SEALING_KEYS,
    tokens: env.TOKEN_SECRETS,
    identity: env.IDENTITY_SECRET,
  });
  const archive = makeArchive(db);
  const lines = stockObjects(env.PRODUCT_STOCK, workerTurns);
  metrics.watch("line_length", () => [{ value: lines.load().underWay }]);
  metrics.watch("concurrency_limit", () => [{ value: lines.load().limit ?? 0 }]);
  const stock = throughArchive({ stock: lines, archive, clock });
  const shopsBook = makeMerchants(reading);
  const dataCentre = dataCentreCache({
    deployment: env.CF_VERSION.id,
    turns: workerTurns,
    cache: platformCache(),
  });
  const memory = { turns: workerTurns, shared: dataCentre };
  const shops = new EdgeMemory(
    { ...memory, name: "merchants", entriesMax: 500, freshMs: 1_000, staleMs: 2_000 },
    (slug) => shopsBook.bySlug(slug),
  );
  const settings = makeShopSettings(reading);
  const shopSettings = new EdgeMemory(
    { ...memory, shared: null, name: "settings", entriesMax: 500, freshMs: 1_000, staleMs: 2_000 },
    // The key is a merchant's id: whoever asks has one.
    async (id) => settingsOf((await settings.of(id as MerchantId)).decided),
  );
  const switchBook = makeSwitchBook(reading);
  const switches = makeSwitches({
    turns: workerTurns,
    all: () => switchBook.all(),
    settings: (id) => shopSettings.get(id),
  });
  metrics.watch("switch_off", () => switchReadings(switches.known()));
  const controllers = dropControllers(env.DROP_CONTROLLER, workerTurns);
  const challenge = extras.challenge ?? turnstileOf(env);
  const listed = makeRiskLists(reading);
  const readyRiskLists = new EdgeMemory(
    // Made ready once for many orders, which JSON would not keep.
    {
      ...memory,
      shared: null,
      name: "risk lists",
      entriesMax: 200,
      freshMs: 1_500,
      staleMs: 3_000,
    },
    async (id) => readyLists(await listed.all(id as MerchantId)),
  );
  const dropRecords = makeDrops(db);
  const bookedDrops = new EdgeMemory(
    // What opens the seed stays in the isolate.
    { ...memory, shared: null, name: "drops", entriesMax: 500, freshMs: 1_000, staleMs: 2_000 },
    (id) => dropRecords.booked(id as DropId),
  );
  const soldOut = makeSoldOut({
    ask: (terms) => askShards(stock, terms, (object) => object.soldOut()),
    turns: workerTurns,
    dataCentre,
  });
  const outgoing = {
    // Called without a receiver, `fetch` would be an illegal invocation.
    fetch: extras.reachGateway ?? ((url: string, init: RequestInit) => fetch(url, init)),
    reachesThisMachine: extras.reachesThisMachine ?? false,
  };
  return {
    /** Pictures that merchants have elsewhere. */
    picture: makePictures(outgoing),
    clock,
    entropy: systemEntropy,
    /** What this isolate counts (docs/metrics.md says what is counted). */
    metrics,
    /** One for each dependency: gateways' accounts, mail senders, the verifier of challenges, D1. */
    breakers,
    vault,
    /** Refusals of what is sold out, without the object. */
    soldOut,
    stock,
    merchants: makeMerchants(db),
    /** A merchant by slug, for pages: who a shop belongs to hardly ever changes. */
    shop: (slug: string) => shops.get(slug),
    /** What a merchant has decided, and what was last decided while D1 is down. */
    shopSettings: (merchantId: MerchantId): Promise<ShopSettings> => shopSettings.get(merchantId),
    forgetShopSettings: () => shopSettings.forget(),
    settingsBook: makeShopSettings(db),
    availability: makeAvailability(
      (terms) => countProductStock(stock, terms, "glance"),
      workerTurns,
      dataCentre,
    ),
    products: makeProducts(db),
    /** Orders that are refused unread, in a rush. */
    earlyRefusal: new EarlyRefusal(),
    /** What is switched off, by the operator and by merchants. */
    switches,
    switchBook: makeSwitchBook(db),
    catalog: offeredCatalog(
      makeCatalog({ primary: reading, near }, clock, patience),
      switches,
      (accountId) =>
        breakers.isOpen(`gateway:${accountId}`) || breakers.isOpen(`pace:${accountId}`),
    ),
    /** What is known at the edge of who orders. */
    risk: {
      memory: new RiskMemory(),
      lists: (merchantId: MerchantId) => readyRiskLists.get(merchantId),
      isDisposable,
    },
    /** Asks for a proof of a person; null where none is set up. */
    challenge: challenge === null ? null : guardedChallenge(challenge, breakers, metrics),
    riskLists: makeRiskLists(db),
    forgetRiskLists: () => readyRiskLists.forget(),
    ...paymentDeps({ db, reading, vault, breakers, clock, patience, outgoing }),
    digest: () => fileDigest("SHA-256"),
    orderBook: makeOrderBook(db),
    archive,
    reconcileBook: makeReconcileBook(db),
    findings: makeFindings(db),
    tasks: makeTasks(db),
    deliveries: makeDeliveries(db),
    parked: makeParkedMessages(db),
    keyBatches: makeKeyBatches(db),
    tokens: makeTokens(db),
    dropRecords,
    drops: {
      draws: makeDropDraws(vault, systemEntropy, clock),
      /** Who may order now, about a second old; and who counts those who join. */
      states: makeDropStates({
        ...memory,
        controllers,
        drop: (id) => bookedDrops.get(id),
      }),
      line: makeLineCounter(controllers, workerTurns, () => Math.random()),
      /** For whoever stands in a line: about a second old at most. */
      drop: (id: DropId) => bookedDrops.get(id),
      forget: () => bookedDrops.forget(),
    },
    audit: makeAuditLog(db),
    idempotency: makeIdempotencyRecords(db),
    mailSenders: guardedSenders(extras.mailSenders?.(env, vault) ?? makeMailSenders(env), breakers),
    orderEvents: outlet(env.ORDER_EVENTS),
    deliveryEmails: outlet(env.DELIVERY_EMAILS),
    emailCodes: outlet<CodeDue>(env.EMAIL_CODES),
    /** What the schedule cannot ask gateways in its own invocation. */
    gatewayQuestions: delayedOutlet(env.GATEWAY_QUESTIONS),
    pause: (ms: number) => workerTurns.wait(ms),
    limits: makeLimits({
      clock,
      patience,
      platform: [
        { perMinute: 30, binding: env.RATE_30 },
        { perMinute: 300, binding: env.RATE_300 },
      ],
      limiters: env.RATE_LIMITER,
      digest: (text) => vault.digestText("limit", text),
      refused: (name, tier) => metrics.count("limited", name, tier),
    }),
    settings: {
      defaultMerchant: env.DEFAULT_MERCHANT as string,
      publicOrigin: env.PUBLIC_ORIGIN as string,
      operatorToken: env.ADMIN_TOKEN,
    },
  };
}

/** Counts that say whose they are: two isolates of one minute must not be taken for one. */
function countingMetrics(env: Bindings, nowMs: number): Metrics {
  const metrics = new Metrics();
  const labels = [crypto.randomUUID().slice(0, 8), env.CF_VERSION.id];
  metrics.watch("isolate_start_time_seconds", () => [{ labels, value: nowMs / 1000 }]);
  return metrics;
}

function switchReadings(off: Off): { labels: string[]; value: number }[] {
  const parts = PARTS.map((part) => ({ labels: [part as string], value: Number(off[part]) }));
  const gateways = [...off.gateways].map((name) => ({ labels: [`gateway:${name}`], value: 1 }));
  return [...parts, ...gateways];
}

function turnstileOf(env: Bindings): ChallengeVerifier | null {
  const { TURNSTILE_SITE_KEY: siteKey, TURNSTILE_SECRET: secret } = env;
  if (!siteKey || !secret) return null;
  const hostname = URL.parse(env.PUBLIC_ORIGIN)?.hostname ?? null;
  // Called without a receiver, `fetch` would be an illegal invocation.
  return makeTurnstile({ siteKey, secret, hostname, fetch: (url, init) => fetch(url, init) });
}

export type Deps = ReturnType<typeof compose>;

const composed = new WeakMap<Bindings, Deps>();

/** Made once per isolate: keys are imported once, memos live as long as the isolate does. */
export function depsFor(env: Bindings, extras: Extras): Deps {
  let deps = composed.get(env);
  if (deps === undefined) {
    deps = compose(env, extras);
    composed.set(env, deps);
  }
  return deps;
}
