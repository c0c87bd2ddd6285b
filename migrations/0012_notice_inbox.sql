DROP INDEX `payment_notices_once`;--> statement-breakpoint
DROP INDEX `payment_notices_by_merchant`;--> statement-breakpoint
ALTER TABLE `payment_notices` ADD `currency` text;--> statement-breakpoint
ALTER TABLE `payment_notices` ADD `source` text DEFAULT 'notice' NOT NULL;--> statement-breakpoint
ALTER TABLE `payment_notices` ADD `genuine` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `payment_notices` ADD `matched` integer;--> statement-breakpoint
ALTER TABLE `payment_notices` ADD `attention` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `payment_notices` ADD `checks` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `payment_notices` ADD `sealed_raw` text;--> statement-breakpoint
ALTER TABLE `payment_notices` ADD `last_received_at_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `payment_notices` ADD `times` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `payment_notices` ADD `replayed_at_ms` integer;--> statement-breakpoint
ALTER TABLE `payment_notices` ADD `expires_at_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `payment_notices_newest` ON `payment_notices` (`merchant_id`,`received_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `payment_notices_by_trade` ON `payment_notices` (`merchant_id`,`trade_no`);--> statement-breakpoint
CREATE INDEX `payment_notices_by_order` ON `payment_notices` (`merchant_id`,`order_ref`);--> statement-breakpoint
CREATE INDEX `payment_notices_attention` ON `payment_notices` (`merchant_id`,`received_at_ms`,`id`) WHERE "attention" = 1;--> statement-breakpoint
CREATE INDEX `payment_notices_forged` ON `payment_notices` (`account_id`,`received_at_ms`) WHERE "genuine" = 0;--> statement-breakpoint
CREATE INDEX `payment_notices_expiring` ON `payment_notices` (`expires_at_ms`);--> statement-breakpoint
UPDATE `payment_notices` SET `last_received_at_ms` = `received_at_ms`, `expires_at_ms` = `received_at_ms` + 34560000000, `attention` = `verdict` <> 'not_paid';
