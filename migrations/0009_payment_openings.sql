CREATE TABLE `payment_openings` (
	`order_id` text NOT NULL,
	`account_id` text NOT NULL,
	`device` text NOT NULL,
	`action` text NOT NULL,
	`reference` text,
	`opened_at_ms` integer NOT NULL,
	PRIMARY KEY(`order_id`, `account_id`, `device`)
);
--> statement-breakpoint
CREATE INDEX `payment_openings_by_time` ON `payment_openings` (`opened_at_ms`);