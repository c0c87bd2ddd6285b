import { Hono } from "hono";
import type { AppEnv } from "../env.ts";
import { askGatewayForm } from "./ask-gateway.ts";
import { cancelOrder } from "./cancel-order.ts";
import { downloadKeys } from "./download-keys.ts";
import { joinLinePage } from "./drops/join-line.tsx";
import { showDropPage } from "./drops/show-drop.tsx";
import { showPlace } from "./drops/show-place.ts";
import { verifyDraw } from "./drops/verify-draw.tsx";
import { listProductsPage } from "./list-products.tsx";
import { lookUpPage } from "./look-up.tsx";
import { payOrder } from "./pay-order.ts";
import { sameSite } from "./same-site.ts";
import { showCheckoutPage } from "./show-checkout.tsx";
import { showPicture } from "./show-picture.ts";
import { showOrderPage } from "./show-order.tsx";
import { showProductPage } from "./show-product.tsx";
import { stopWaitingForm } from "./stop-waiting.ts";
import { submitCheckout } from "./submit-checkout.tsx";

/** The pages: "/", "/p", "/drops", "/checkout", "/orders", "/lookup". No form of them can be forgotten: all are ours. */
export const storefront = new Hono<AppEnv>()
  .on("POST", "*", sameSite)
  .route("/", listProductsPage)
  .route("/", showProductPage)
  .route("/", showPicture)
  .route("/", joinLinePage)
  .route("/", showDropPage)
  .route("/", showPlace)
  .route("/", verifyDraw)
  .route("/", showCheckoutPage)
  .route("/", submitCheckout)
  .route("/", showOrderPage)
  .route("/", payOrder)
  .route("/", cancelOrder)
  .route("/", askGatewayForm)
  .route("/", stopWaitingForm)
  .route("/", downloadKeys)
  .route("/", lookUpPage);
