import { z } from "zod";
import { READ_BATCH_MAX } from "../../durable-objects/product-stock/contract.ts";
import type { AccountId, DeliveryId, DropId, OrderId } from "../domain/ids.ts";
import { LOCALES } from "../domain/locale.ts";
import type { CodeDue } from "../flows/ports.ts";
import type { QuestionsDue } from "../flows/payments/query-ports.ts";

/**
 * What travels in queues: ids, never contents (an address that no row holds travels sealed). A message is a hint to look at the truth; it may
 * come twice, late, or out of order. `v` grows when a shape changes, and consumers keep reading the
 * versions that may still be in flight.
 */
const orderChanged = z.object({
  orderId: z.string().max(64) as unknown as z.ZodType<OrderId>,
  version: z.int(),
});
export type OrderChanged = z.infer<typeof orderChanged>;

/** Orders of one object that changed: many to a message, since queues count messages. */
export const ordersChanged = z.object({
  v: z.literal(1),
  kind: z.literal("orders_changed"),
  orders: z.array(orderChanged).min(1).max(READ_BATCH_MAX),
});
export type OrdersChanged = z.infer<typeof ordersChanged>;

export const mailDue = z.object({
  v: z.literal(1),
  kind: z.literal("mail_due"),
  deliveryId: z.string().max(96) as unknown as z.ZodType<DeliveryId>,
});
export type MailDue = z.infer<typeof mailDue>;

export const questionsDue: z.ZodType<QuestionsDue> = z.object({
  v: z.literal(1),
  kind: z.literal("questions_due"),
  accountId: z.string().max(64) as unknown as z.ZodType<AccountId>,
  most: z.int().min(1),
  notAfterMs: z.int(),
});

const SEALED_CHARACTERS_MAX = 4_096;

export const codeDue: z.ZodType<CodeDue> = z.object({
  v: z.literal(1),
  kind: z.literal("code_due"),
  dropId: z.string().max(64) as unknown as z.ZodType<DropId>,
  locale: z.enum(LOCALES),
  sealed: z.string().max(SEALED_CHARACTERS_MAX),
  askedAtMs: z.int(),
});
