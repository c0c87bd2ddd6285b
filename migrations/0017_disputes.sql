CREATE TABLE `disputes` (
	`id` text PRIMARY KEY NOT NULL,
	`merchant_id` text NOT NULL,
	`account_id` text NOT NULL,
	`trade_no` text NOT NULL,
	`order_id` text,
	`dispute_no` text NOT NULL,
	`state` text NOT NULL,
	`amount_minor` integer,
	`currency` text,
	`opened_at_ms` integer NOT NULL,
	`settled_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `disputes_by_merchant` ON `disputes` (`merchant_id`,`opened_at_ms`,`id`);--> statement-breakpoint
CREATE TABLE `order_visits` (
	`id` text PRIMARY KEY NOT NULL,
	`merchant_id` text NOT NULL,
	`order_id` text NOT NULL,
	`act` text NOT NULL,
	`sealed_visitor` text NOT NULL,
	`key_ids` text NOT NULL,
	`keys` integer NOT NULL,
	`first_at_ms` integer NOT NULL,
	`last_at_ms` integer NOT NULL,
	`times` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `order_visits_by_order` ON `order_visits` (`order_id`,`first_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `order_visits_by_age` ON `order_visits` (`last_at_ms`);