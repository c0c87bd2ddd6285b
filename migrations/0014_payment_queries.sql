CREATE TABLE `payment_queries` (
	`order_id` text PRIMARY KEY NOT NULL,
	`merchant_id` text NOT NULL,
	`account_id` text NOT NULL,
	`amount_minor` integer NOT NULL,
	`currency` text NOT NULL,
	`placed_at_ms` integer NOT NULL,
	`deadline_ms` integer NOT NULL,
	`due_at_ms` integer NOT NULL,
	`failures` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `payment_queries_due` ON `payment_queries` (`account_id`,`due_at_ms`);