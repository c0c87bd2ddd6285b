import { Hono } from "hono";
import { z } from "zod";
import { createMerchant } from "../../../flows/shop/create-merchant.ts";
import { readJson } from "../../body.ts";
import { problem } from "../../problem.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allowOperator } from "../allow.ts";
import { idempotent } from "../idempotent.ts";
import { line, slug } from "../schemas.ts";
import { merchantJson, merchantShape } from "./merchant-json.ts";

const body = z.strictObject({ slug, name: line(1, 100) });

export const createMerchantRoute = new Hono<AdminEnv>().post("/", allowOperator, async (c) => {
  const merchant = await readJson(c, body);
  const act = { operation: "merchants.create", body: merchant, merchantId: null };
  return idempotent(c, act, async (random) => {
    const { deps, caller } = c.var;
    const by = { actor: caller.actor, atMs: deps.clock.nowMs() };
    const created = await createMerchant(deps, by, merchant, random);
    if (!created.ok) return problem(c, "slug_taken", { slug: merchant.slug });
    return { status: 201, body: merchantJson(created.value) };
  });
});

describeRoute(createMerchantRoute, {
  name: "createMerchant",
  summary: "Make a merchant",
  idempotencyKey: "optional",
  body: json(body, { slug: "demo", name: "My shop" }),
  answers: { 201: { description: "The merchant.", schema: merchantShape } },
  problems: { slug_taken: "Another merchant has it." },
});
