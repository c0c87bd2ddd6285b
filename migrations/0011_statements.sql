CREATE TABLE `payments` (
	`account_id` text NOT NULL,
	`trade_no` text NOT NULL,
	`kind` text NOT NULL,
	`refund_ref` text NOT NULL,
	`order_id` text NOT NULL,
	`merchant_id` text NOT NULL,
	`amount_minor` integer NOT NULL,
	`currency` text NOT NULL,
	`verdict` text NOT NULL,
	`source` text NOT NULL,
	`reported_at_ms` integer NOT NULL,
	`statement_id` text,
	PRIMARY KEY(`account_id`, `trade_no`, `kind`, `refund_ref`, `order_id`)
);
--> statement-breakpoint
CREATE INDEX `payments_unseen` ON `payments` (`account_id`,`reported_at_ms`,`trade_no`,`order_id`) WHERE "statement_id" IS NULL;--> statement-breakpoint
CREATE TABLE `statement_findings` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`statement_id` text NOT NULL,
	`account_id` text NOT NULL,
	`kind` text NOT NULL,
	`movement` text NOT NULL,
	`line` integer,
	`trade_no` text,
	`refund_ref` text NOT NULL,
	`order_ref` text,
	`our_order` text,
	`theirs_minor` integer,
	`theirs_currency` text,
	`ours_minor` integer,
	`ours_currency` text,
	`unexplained_minor` integer NOT NULL,
	`unexplained_keys` integer NOT NULL,
	`detail` text NOT NULL,
	`settled_as` text,
	`settled_by` text,
	`settled_at_ms` integer,
	`note` text
);
--> statement-breakpoint
CREATE INDEX `statement_findings_by_statement` ON `statement_findings` (`statement_id`,`number`);--> statement-breakpoint
CREATE INDEX `statement_findings_by_trade` ON `statement_findings` (`account_id`,`trade_no`);--> statement-breakpoint
CREATE TABLE `statements` (
	`id` text PRIMARY KEY NOT NULL,
	`merchant_id` text NOT NULL,
	`account_id` text NOT NULL,
	`currency` text NOT NULL,
	`day` text NOT NULL,
	`format` text NOT NULL,
	`started_at_ms` integer NOT NULL,
	`rows_done` integer NOT NULL,
	`progress_at_ms` integer NOT NULL,
	`finished_at_ms` integer,
	`digest` text,
	`summary` text
);
--> statement-breakpoint
CREATE INDEX `statements_by_merchant` ON `statements` (`merchant_id`,`started_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `statements_by_account` ON `statements` (`account_id`,`day`);--> statement-breakpoint
INSERT INTO `payments` (`account_id`, `trade_no`, `kind`, `refund_ref`, `order_id`, `merchant_id`,
	`amount_minor`, `currency`, `verdict`, `source`, `reported_at_ms`, `statement_id`) SELECT
	p.`value` ->> '$.accountId', p.`value` ->> '$.tradeNo', 'payment', '', o.`id`, o.`merchant_id`,
	p.`value` ->> '$.money.amountMinor', p.`value` ->> '$.money.currency', p.`value` ->> '$.verdict',
	p.`value` ->> '$.source', p.`value` ->> '$.atMs', NULL
FROM `orders` o, json_each(o.`payments`) p WHERE true ON CONFLICT DO NOTHING;
