CREATE TABLE `tasks` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`merchant_id` text NOT NULL,
	`order_id` text NOT NULL,
	`account_id` text NOT NULL,
	`trade_no` text NOT NULL,
	`reason` text NOT NULL,
	`amount_minor` integer NOT NULL,
	`currency` text NOT NULL,
	`paid_at_ms` integer NOT NULL,
	`state` text NOT NULL,
	`look_at_ms` integer,
	`because` text,
	`note` text,
	`done_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tasks_of_payment` ON `tasks` (`order_id`,`account_id`,`trade_no`,`reason`);--> statement-breakpoint
CREATE INDEX `tasks_due` ON `tasks` (`look_at_ms`) WHERE "look_at_ms" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `tasks_open` ON `tasks` (`merchant_id`,`number`) WHERE "state" = 'open';