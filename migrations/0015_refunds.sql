CREATE TABLE `refunds` (
	`id` text PRIMARY KEY NOT NULL,
	`order_id` text NOT NULL,
	`merchant_id` text NOT NULL,
	`account_id` text NOT NULL,
	`trade_no` text NOT NULL,
	`amount_minor` integer NOT NULL,
	`currency` text NOT NULL,
	`state` text NOT NULL,
	`method` text NOT NULL,
	`keys` text NOT NULL,
	`reason` text NOT NULL,
	`refund_no` text,
	`refusal` text,
	`asked_at_ms` integer NOT NULL,
	`settled_at_ms` integer,
	`version` integer NOT NULL,
	`tries` integer NOT NULL,
	`ask_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `refunds_due` ON `refunds` (`ask_at_ms`) WHERE "ask_at_ms" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `refunds_by_merchant` ON `refunds` (`merchant_id`,`asked_at_ms`,`id`);