import type { AuditEntry, Author } from "../../domain/audit.ts";
import { credentialsPurpose } from "../../domain/payments/credentials-purpose.ts";
import { testReference, type AccountId } from "../../domain/ids.ts";
import type { Currency, Money } from "../../domain/money.ts";
import { developmentUrl, publicHttpsUrl } from "../../domain/network/public-address.ts";
import type {
  Opening,
  PaymentAccount,
  PaymentAccounts,
  PaymentGateway,
  PaymentRequest,
  PaymentStatus,
} from "./payment-ports.ts";
import type { Vault } from "../ports.ts";

export interface SelfTestPorts {
  /** Past the breaker: a merchant who tests wants to know how it is, not how it was. */
  readonly unguardedAccounts: PaymentAccounts;
  /** The development build's gateways are on this machine. */
  readonly reachesThisMachine: boolean;
  readonly vault: Pick<Vault, "openText">;
  readonly audit: { append(entry: AuditEntry): Promise<void> };
}

/** What is looked at, in the order in which a merchant mends it. */
export const TEST_STEPS = [
  "notify_address",
  "own_signature",
  "address",
  "credentials",
  "answer",
  "open",
  "query",
] as const;

export interface TestStep {
  readonly step: (typeof TEST_STEPS)[number];
  /** `skipped`: the gateway has no such thing, or it could not come to it. */
  readonly outcome: "passed" | "failed" | "skipped";
  /** A word of ours or of the gateway's; never a secret. */
  readonly detail: string | null;
}

export interface SelfTest {
  readonly passed: boolean;
  readonly reference: string;
  readonly money: Money;
  readonly steps: readonly TestStep[];
}

interface Tested {
  readonly id: AccountId;
  readonly currency: Currency;
  readonly minMinor: number | null;
  readonly sealedCredentials: string;
}

/**
 * Opens a payment of the least sum under a number that is no order's, and asks about it: what a buyer's
 * order would meet, without an order and without keys. Nothing of it is kept but the audit entry. Should
 * somebody pay it all the same, its notice fits no order and is shown to the merchant.
 */
export async function testPaymentAccount(
  ports: SelfTestPorts,
  author: Author,
  account: Tested,
  { origin, random }: { readonly origin: string; readonly random: Uint8Array },
): Promise<SelfTest> {
  const made = await ports.unguardedAccounts.account(account.id);
  if (made === null) throw new Error(`account ${account.id} is not there any more`);
  const request = testRequest(made, account, { origin, random });
  const opening = await made.gateway.open(request);
  const status = await ask(made.gateway, request, opening);
  const signs = await readsItself(made.gateway, opening);
  const allowed = ports.reachesThisMachine ? developmentUrl : publicHttpsUrl;
  const { notifyUrl } = request;
  const reachable = allowed(notifyUrl) !== null;
  const found = { notifyUrl, reachable, made, opening, status, signs };
  const secrets = await secretsOf(ports.vault, account);
  const steps = stepsOf(found).map((each) => ({ ...each, detail: masked(each.detail, secrets) }));
  const wrong = steps.filter(({ outcome }) => outcome === "failed").map(({ step }) => step);
  const detail = { reference: request.orderId, failed: wrong };
  await ports.audit.append({
    ...author,
    action: "payment_account.self_test",
    subject: account.id,
    detail,
  });
  const { orderId: reference, money } = request;
  return { passed: wrong.length === 0, reference, money, steps };
}

function testRequest(
  { id, gateway }: PaymentAccount,
  { currency, minMinor }: Tested,
  { origin, random }: { readonly origin: string; readonly random: Uint8Array },
): PaymentRequest {
  const amountMinor = Math.max(1, minMinor ?? 0, gateway.capabilities.leastMinor ?? 0);
  return {
    // Gateways are told numbers of orders; that this is none is what keeps it from paying one.
    orderId: testReference(random) as string as PaymentRequest["orderId"],
    title: "Self-test",
    money: { amountMinor, currency },
    expiresAtMs: null,
    notifyUrl: `${origin}/payments/${id}/notify`,
    returnUrl: `${origin}/`,
    buyer: { device: "desktop", ip: null, openId: null },
  };
}

/** Of what was not opened some gateways say "unknown" without being asked: that would prove nothing. */
async function ask(
  gateway: PaymentGateway,
  { orderId, money }: PaymentRequest,
  opening: Opening,
): Promise<PaymentStatus> {
  if (!gateway.capabilities.query || opening.kind !== "opened") return { kind: "unsupported" };
  return gateway.query({ orderId, money, reference: opening.reference });
}

/**
 * Of a gateway with one secret for both ways: whether what we sign is what we would believe. What a call was
 * answered with is an address of the gateway's, which we have not signed.
 */
async function readsItself(gateway: PaymentGateway, opening: Opening): Promise<boolean | null> {
  const { oneSecret, opensByCall } = gateway.capabilities;
  if (oneSecret !== true || opensByCall || opening.kind !== "opened") return null;
  const { action } = opening;
  if (action.action !== "redirect") return null;
  const query = URL.parse(action.url)?.search.slice(1) ?? "";
  const none = { contentType: null, headers: new Map<string, string>(), body: new Uint8Array() };
  const reading = await gateway.read({ method: "GET", query, ...none });
  return !(reading.kind === "invalid" && reading.check === "signature");
}

interface Found {
  readonly notifyUrl: string;
  readonly reachable: boolean;
  readonly made: PaymentAccount;
  readonly opening: Opening;
  readonly status: PaymentStatus;
  readonly signs: boolean | null;
}

/** Nobody answered at that address. */
const UNREACHED = new Set(["address", "network", "timeout"]);

function stepsOf({ notifyUrl, reachable, made, opening, status, signs }: Found): TestStep[] {
  const { opensByCall } = made.gateway.capabilities;
  const calls: (Opening | PaymentStatus)[] = opensByCall ? [opening, status] : [status];
  const asked = calls.filter(({ kind }) => kind !== "unsupported");
  const reasons = asked.flatMap((call) => (call.kind === "unavailable" ? [call.reason] : []));
  const unreached = reasons.find((reason) => UNREACHED.has(reason));
  const misunderstood = reasons.find(
    (reason) => !UNREACHED.has(reason) && reason !== "credentials",
  );
  const went = asked.some(({ kind }) => kind !== "unavailable" && kind !== "refused");
  return [
    reachable
      ? passed("notify_address", notifyUrl)
      : failed("notify_address", `no gateway can reach ${notifyUrl}: PUBLIC_ORIGIN is not public`),
    signs === null
      ? skipped("own_signature")
      : signs
        ? passed("own_signature")
        : failed("own_signature", "what we sign does not hold against the same secret"),
    judged("address", { called: asked.length > 0, wrong: unreached, right: true }),
    judged("credentials", {
      called: asked.length > 0,
      wrong: reasons.includes("credentials") ? "not accepted" : undefined,
      right: went,
    }),
    judged("answer", { called: asked.length > 0, wrong: misunderstood, right: went }),
    opening.kind === "opened" ? passed("open") : failed("open", opening.reason),
    status.kind === "unsupported"
      ? skipped("query")
      : status.kind === "unavailable"
        ? failed("query", status.reason)
        : passed("query", status.kind),
  ];
}

interface Judged {
  readonly called: boolean;
  readonly wrong: string | undefined;
  readonly right: boolean;
}

function judged(step: TestStep["step"], { called, wrong, right }: Judged): TestStep {
  if (wrong !== undefined) return failed(step, wrong);
  return called && right ? passed(step) : skipped(step);
}

function passed(step: TestStep["step"], detail: string | null = null): TestStep {
  return { step, outcome: "passed", detail };
}

function failed(step: TestStep["step"], detail: string): TestStep {
  return { step, outcome: "failed", detail };
}

function skipped(step: TestStep["step"]): TestStep {
  return { step, outcome: "skipped", detail: null };
}

/** Shorter ones are names of channels and the like, which say nothing by themselves. */
const SECRET_CHARACTERS_MIN = 6;

async function secretsOf(
  vault: SelfTestPorts["vault"],
  { id, sealedCredentials }: Tested,
): Promise<string[]> {
  const text = await vault.openText(credentialsPurpose(id), sealedCredentials);
  const values = Object.values(JSON.parse(text) as Record<string, unknown>);
  return values.filter((value): value is string => typeof value === "string");
}

/** A gateway may repeat what it was sent, and some are sent their secret. */
function masked(detail: string | null, secrets: readonly string[]): string | null {
  return secrets
    .filter((secret) => secret.length >= SECRET_CHARACTERS_MIN)
    .reduce<string | null>((text, secret) => text?.replaceAll(secret, "…") ?? null, detail);
}
