CREATE TABLE `payment_account_health` (
	`account_id` text NOT NULL,
	`hour_at_ms` integer NOT NULL,
	`calls` integer NOT NULL,
	`failures` integer NOT NULL,
	`total_ms` integer NOT NULL,
	`slowest_ms` integer NOT NULL,
	`last_success_at_ms` integer,
	`last_failure_at_ms` integer,
	`last_failure` text,
	`last_notice_at_ms` integer,
	PRIMARY KEY(`account_id`, `hour_at_ms`)
);
--> statement-breakpoint
CREATE INDEX `payment_account_health_by_time` ON `payment_account_health` (`hour_at_ms`);