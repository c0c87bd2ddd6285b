CREATE TABLE `findings` (
	`id` text PRIMARY KEY NOT NULL,
	`merchant_id` text NOT NULL,
	`product_id` text NOT NULL,
	`kind` text NOT NULL,
	`subject` text NOT NULL,
	`detail` text NOT NULL,
	`repaired` integer NOT NULL,
	`found_at_ms` integer NOT NULL,
	`seen_at_ms` integer NOT NULL,
	`times` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `findings_by_time` ON `findings` (`seen_at_ms`,`id`);--> statement-breakpoint
CREATE TABLE `reconcile_place` (
	`one` integer PRIMARY KEY NOT NULL,
	`place` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `reconciled_stocks` (
	`stock_number` integer PRIMARY KEY NOT NULL,
	`started_at_ms` integer NOT NULL,
	`checked_at_ms` integer NOT NULL,
	`orders` integer NOT NULL,
	`keys` integer NOT NULL,
	`open` integer NOT NULL,
	`outbox_rows` integer NOT NULL,
	`oldest_outbox_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `reconciled_stocks_behind` ON `reconciled_stocks` (`oldest_outbox_at_ms`) WHERE "oldest_outbox_at_ms" IS NOT NULL;