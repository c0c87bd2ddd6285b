CREATE TABLE `statement_fetches` (
	`account_id` text NOT NULL,
	`day` text NOT NULL,
	`merchant_id` text NOT NULL,
	`gateway` text NOT NULL,
	`state` text NOT NULL,
	`due_at_ms` integer,
	`failures` integer NOT NULL,
	`statement_id` text,
	`answer` text,
	PRIMARY KEY(`account_id`, `day`)
);
--> statement-breakpoint
CREATE INDEX `statement_fetches_due` ON `statement_fetches` (`due_at_ms`) WHERE "due_at_ms" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `statement_fetches_planned` ON `statement_fetches` (`gateway`,`day`);--> statement-breakpoint
CREATE INDEX `statement_fetches_by_merchant` ON `statement_fetches` (`merchant_id`,`day`,`account_id`);--> statement-breakpoint
ALTER TABLE `statements` ADD `place` text;--> statement-breakpoint
ALTER TABLE `statements` ADD `resume_at_ms` integer;--> statement-breakpoint
CREATE INDEX `statements_paused` ON `statements` (`resume_at_ms`) WHERE "resume_at_ms" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `payment_accounts_by_gateway` ON `payment_accounts` (`gateway`);