import { Hono } from "hono";
import type { AppEnv } from "../env.ts";
import { askForCodeRoute } from "./ask-for-code.ts";
import { askForPaymentRoute } from "./ask-gateway.ts";
import { cancelOrderRoute } from "./cancel-order.ts";
import { getDropRoute } from "./get-drop.ts";
import { getDropStateRoute } from "./get-drop-state.ts";
import { getOrderRoute } from "./get-order.ts";
import { getProductRoute } from "./get-product.ts";
import { joinLineRoute } from "./join-line.ts";
import { listProductsRoute } from "./list-products.ts";
import { lookUpOrdersRoute } from "./look-up-orders.ts";
import { orderEventsRoute } from "./order-events.ts";
import { placeOrderRoute } from "./place-order.ts";
import { stopWaitingRoute } from "./stop-waiting.ts";
import { verifyPlaceRoute } from "./verify-place.ts";

/** /api/v1: what buyers, and their tools, may ask. */
export const buyersApi = new Hono<AppEnv>()
  .route("/products", listProductsRoute)
  .route("/products", getProductRoute)
  .route("/orders", placeOrderRoute)
  .route("/orders", getOrderRoute)
  .route("/orders", orderEventsRoute)
  .route("/orders", cancelOrderRoute)
  .route("/orders", askForPaymentRoute)
  .route("/orders", stopWaitingRoute)
  .route("/order-lookups", lookUpOrdersRoute)
  .route("/drops", getDropRoute)
  .route("/drops", getDropStateRoute)
  .route("/drops", joinLineRoute)
  .route("/drops", verifyPlaceRoute)
  .route("/drops", askForCodeRoute);
