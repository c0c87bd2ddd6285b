import { normalizeEmail } from "../../domain/email.ts";
import { AMOUNT_MINOR_MAX } from "../../domain/money.ts";
import { checkFields } from "../../domain/order/order-fields.ts";
import type { Product } from "../../domain/product/product.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { OrderRequest } from "../../flows/orders/place-order.ts";
import { CHALLENGE_FIELD } from "./challenge-box.tsx";
import type { Text } from "./text/text.ts";

/** A checkout as it was typed: kept word for word, so that a refused form comes back as it was. */
export interface CheckoutForm {
  readonly variant: string;
  readonly quantity: string;
  readonly email: string;
  readonly paymentMethod: string;
  readonly lookupPassword: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly expectedAmountMinor: string;
  readonly idempotencyKey: string;
  /** What the widget of a challenge gave; "" where none was shown. Never shown again. */
  readonly challenge: string;
}

/** What is wrong, in the buyer's language, and the id of the input where it is; null: the whole. */
export interface FormProblem {
  readonly input: string | null;
  readonly message: string;
}

export type ParsedCheckout = Pick<
  OrderRequest,
  | "variantId"
  | "quantity"
  | "email"
  | "paymentMethod"
  | "fields"
  | "lookupPassword"
  | "expectedAmountMinor"
  | "idempotencyKey"
>;

const CHALLENGE_CHARACTERS_MAX = 4_096;
const FIELD_PREFIX = "field.";
const PASSWORD_CHARACTERS_MIN = 6;
const PASSWORD_CHARACTERS_MAX = 128;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{16,255}$/;

export function fieldInput(id: string): string {
  return `${FIELD_PREFIX}${id}`;
}

/** Takes the inputs of our own form and no others: browsers and their extensions may add some. */
export function readCheckoutForm(sent: URLSearchParams, product: Product): CheckoutForm {
  const text = (name: string) => (sent.get(name) ?? "").replaceAll("\0", "");
  return {
    variant: text("variant"),
    quantity: text("quantity").trim(),
    email: text("email").trim(),
    paymentMethod: text("payment_method"),
    lookupPassword: text("lookup_password"),
    fields: Object.fromEntries(product.fields.map(({ id }) => [id, text(fieldInput(id))])),
    expectedAmountMinor: text("expected_amount_minor"),
    idempotencyKey: text("idempotency_key"),
    challenge: text(CHALLENGE_FIELD).slice(0, CHALLENGE_CHARACTERS_MAX),
  };
}

/** The order that the form asks for, or all that is wrong with it at once. Pure. */
export function parseCheckout(
  form: CheckoutForm,
  product: Product,
  text: Text,
): Result<ParsedCheckout, FormProblem[]> {
  const { limits, variants } = product.terms;
  const { refusal } = text;
  const problems: FormProblem[] = [];

  const variantId = variants.length === 0 ? null : form.variant;
  if (variantId !== null && !variants.some(({ id }) => id === variantId)) {
    problems.push({ input: "variant", message: refusal.variant });
  }
  const quantity = /^\d{1,4}$/.test(form.quantity) ? Number(form.quantity) : 0;
  if (quantity < 1 || quantity > limits.perOrder) {
    problems.push({ input: "quantity", message: refusal.quantity(limits.perOrder) });
  }
  const email = normalizeEmail(form.email);
  if (email === null) problems.push({ input: "email", message: refusal.email });
  problems.push(...fieldProblems(form.fields, product, text));
  const lookupPassword = form.lookupPassword === "" ? null : form.lookupPassword;
  if (lookupPassword !== null && !fitsPassword(lookupPassword)) {
    problems.push({ input: "lookup_password", message: refusal.password });
  }
  if (!isIdempotencyKey(form.idempotencyKey)) {
    problems.push({ input: null, message: refusal.stale });
  }
  if (problems.length > 0 || email === null) return err(problems);

  return ok({
    variantId,
    quantity,
    email,
    paymentMethod: form.paymentMethod === "" ? null : form.paymentMethod,
    fields: form.fields,
    lookupPassword,
    expectedAmountMinor: parseAmount(form.expectedAmountMinor),
    idempotencyKey: form.idempotencyKey,
  });
}

export function isIdempotencyKey(text: string): boolean {
  return IDEMPOTENCY_KEY.test(text);
}

/** What is wrong with the answers to the product's own fields, each beside its input. */
export function fieldProblems(
  answers: Readonly<Record<string, string>>,
  product: Product,
  { refusal }: Text,
): FormProblem[] {
  const wrong = new Set(checkFields(product.fields, answers).map(({ path }) => path));
  return product.fields
    .filter(({ id }) => wrong.has(`fields.${id}`))
    .map(({ id, label, maxLength }) => ({
      input: fieldInput(id),
      message:
        (answers[id] ?? "").trim() === ""
          ? refusal.field_required(label)
          : refusal.field_too_long(label, maxLength),
    }));
}

function fitsPassword(password: string): boolean {
  return password.length >= PASSWORD_CHARACTERS_MIN && password.length <= PASSWORD_CHARACTERS_MAX;
}

/** The sum that the page showed. Only ever compared with ours, never charged. */
function parseAmount(text: string): number | null {
  const amount = /^\d{1,12}$/.test(text) ? Number(text) : null;
  return amount !== null && amount <= AMOUNT_MINOR_MAX ? amount : null;
}
