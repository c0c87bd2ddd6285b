import { Hono } from "hono";
import type { AdminEnv } from "./admin-env.ts";
import { authenticate } from "./authenticate.ts";
import { listAuditLogRoute } from "./audit-log/list-audit-log.ts";
import { getDisputeRoute } from "./disputes/get-dispute.ts";
import { getEvidenceRoute, getEvidenceTextRoute } from "./disputes/get-evidence.ts";
import { listDisputesRoute } from "./disputes/list-disputes.ts";
import { sendEvidenceRoute } from "./disputes/send-evidence.ts";
import { closeDropRoute } from "./drops/close-drop.ts";
import { createDropRoute } from "./drops/create-drop.ts";
import { editDropRoute } from "./drops/edit-drop.ts";
import { getDropRoute } from "./drops/get-drop.ts";
import { listDropsRoute } from "./drops/list-drops.ts";
import { listFindingsRoute } from "./findings/list-findings.ts";
import { importKeysRoute } from "./keys/import-keys.ts";
import { listKeysRoute } from "./keys/list-keys.ts";
import { revealKeyRoute } from "./keys/reveal-key.ts";
import { showStockRoute } from "./keys/show-stock.ts";
import { createMerchantRoute } from "./merchants/create-merchant.ts";
import { listMerchantsRoute } from "./merchants/list-merchants.ts";
import { cancelOrderRoute } from "./orders/cancel-order.ts";
import { fulfilOrderRoute } from "./orders/fulfil-order.ts";
import { getOrderRoute } from "./orders/get-order.ts";
import { listOrdersRoute } from "./orders/list-orders.ts";
import { listReviewsRoute } from "./orders/list-reviews.ts";
import { approveOrderRoute, rejectOrderRoute } from "./orders/review-order.ts";
import { askGatewayRoute } from "./orders/ask-gateway.ts";
import { markOrderPaidRoute } from "./orders/mark-order-paid.ts";
import { listRefundsRoute } from "./orders/list-refunds.ts";
import { refundOrderRoute } from "./orders/refund-order.ts";
import { resendKeysRoute } from "./orders/resend-keys.ts";
import { createPaymentAccountRoute } from "./payment-accounts/create-payment-account.ts";
import { editPaymentAccountRoute } from "./payment-accounts/edit-payment-account.ts";
import { getPaymentAccountRoute } from "./payment-accounts/get-payment-account.ts";
import { listPaymentAccountsRoute } from "./payment-accounts/list-payment-accounts.ts";
import { getPaymentNoticeRoute } from "./payment-notices/get-payment-notice.ts";
import { listPaymentNoticesRoute } from "./payment-notices/list-payment-notices.ts";
import { replayPaymentNoticeRoute } from "./payment-notices/replay-payment-notice.ts";
import { archiveProductRoute } from "./products/archive-product.ts";
import { testPaymentAccountRoute } from "./payment-accounts/test-payment-account.ts";
import { createProductRoute } from "./products/create-product.ts";
import { editProductRoute } from "./products/edit-product.ts";
import { getProductRoute } from "./products/get-product.ts";
import { listProductsRoute } from "./products/list-products.ts";
import { compareStatementRoute } from "./reconciliations/compare-statement.ts";
import { daySummaryRoute, daySummaryTextRoute } from "./reconciliations/day-summary.ts";
import { discardReconciliationRoute } from "./reconciliations/discard-reconciliation.ts";
import { fetchStatementRoute } from "./reconciliations/fetch-statement.ts";
import { exportStatementFindingsRoute } from "./reconciliations/export-findings.ts";
import { getReconciliationRoute } from "./reconciliations/get-reconciliation.ts";
import { listStatementFetchesRoute } from "./reconciliations/list-fetches.ts";
import { listReconciliationsRoute } from "./reconciliations/list-reconciliations.ts";
import { listStatementFindingsRoute } from "./reconciliations/list-findings.ts";
import { lookAgainRoute } from "./reconciliations/look-again.ts";
import { repairFindingRoute } from "./reconciliations/repair-finding.ts";
import { listRiskListEntriesRoute } from "./risk-lists/list-entries.ts";
import { putRiskListEntryRoute } from "./risk-lists/put-entry.ts";
import { removeRiskListEntryRoute } from "./risk-lists/remove-entry.ts";
import { editSettingsRoute } from "./settings/edit-settings.ts";
import { getSettingsRoute } from "./settings/get-settings.ts";
import { listSwitchesRoute, switchOffRoute, switchOnRoute } from "./switches/switches.ts";
import { finishTaskRoute } from "./tasks/finish-task.ts";
import { listTasksRoute } from "./tasks/list-tasks.ts";
import { createTokenRoute } from "./tokens/create-token.ts";
import { listTokensRoute } from "./tokens/list-tokens.ts";
import { revokeTokenRoute } from "./tokens/revoke-token.ts";

/** /admin/api/v1: what a merchant, and the operator, may ask. Nothing here is without a token. */
export const admin = new Hono<AdminEnv>()
  .use(authenticate)
  .route("/merchants", createMerchantRoute)
  .route("/merchants", listMerchantsRoute)
  .route("/products", createProductRoute)
  .route("/products", listProductsRoute)
  .route("/products", getProductRoute)
  .route("/products", editProductRoute)
  .route("/products", archiveProductRoute)
  .route("/products", importKeysRoute)
  .route("/products", listKeysRoute)
  .route("/products", showStockRoute)
  .route("/drops", createDropRoute)
  .route("/drops", listDropsRoute)
  .route("/drops", getDropRoute)
  .route("/drops", editDropRoute)
  .route("/drops", closeDropRoute)
  .route("/keys", revealKeyRoute)
  .route("/orders", listOrdersRoute)
  .route("/orders", getOrderRoute)
  .route("/orders", markOrderPaidRoute)
  .route("/orders", askGatewayRoute)
  .route("/orders", fulfilOrderRoute)
  .route("/orders", cancelOrderRoute)
  .route("/orders", approveOrderRoute)
  .route("/orders", rejectOrderRoute)
  .route("/reviews", listReviewsRoute)
  .route("/orders", resendKeysRoute)
  .route("/orders", refundOrderRoute)
  .route("/refunds", listRefundsRoute)
  .route("/disputes", listDisputesRoute)
  .route("/disputes", getDisputeRoute)
  .route("/disputes", getEvidenceRoute)
  .route("/disputes", getEvidenceTextRoute)
  .route("/disputes", sendEvidenceRoute)
  .route("/payment-accounts", createPaymentAccountRoute)
  .route("/payment-accounts", listPaymentAccountsRoute)
  .route("/payment-accounts", getPaymentAccountRoute)
  .route("/payment-accounts", editPaymentAccountRoute)
  .route("/payment-accounts", testPaymentAccountRoute)
  .route("/payment-notices", listPaymentNoticesRoute)
  .route("/payment-notices", getPaymentNoticeRoute)
  .route("/payment-notices", replayPaymentNoticeRoute)
  .route("/reconciliations", compareStatementRoute)
  .route("/reconciliations", fetchStatementRoute)
  .route("/reconciliations", listReconciliationsRoute)
  .route("/reconciliations", listStatementFetchesRoute)
  .route("/reconciliations", daySummaryRoute)
  .route("/reconciliations", daySummaryTextRoute)
  .route("/reconciliations", getReconciliationRoute)
  .route("/reconciliations", discardReconciliationRoute)
  .route("/reconciliations", lookAgainRoute)
  .route("/reconciliations", exportStatementFindingsRoute)
  .route("/reconciliations", listStatementFindingsRoute)
  .route("/reconciliations", repairFindingRoute)
  .route("/tasks", listTasksRoute)
  .route("/tasks", finishTaskRoute)
  .route("/tokens", createTokenRoute)
  .route("/tokens", listTokensRoute)
  .route("/tokens", revokeTokenRoute)
  .route("/settings", getSettingsRoute)
  .route("/settings", editSettingsRoute)
  .route("/risk-lists", putRiskListEntryRoute)
  .route("/risk-lists", listRiskListEntriesRoute)
  .route("/risk-lists", removeRiskListEntryRoute)
  .route("/audit-log", listAuditLogRoute)
  .route("/switches", listSwitchesRoute)
  .route("/switches", switchOffRoute)
  .route("/switches", switchOnRoute)
  .route("/findings", listFindingsRoute);
