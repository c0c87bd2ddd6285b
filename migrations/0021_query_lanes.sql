DROP INDEX `payment_queries_due`;--> statement-breakpoint
ALTER TABLE `payment_queries` ADD `lane` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
CREATE INDEX `payment_queries_in_turn` ON `payment_queries` (`account_id`,`lane`,`due_at_ms`);--> statement-breakpoint
ALTER TABLE `payment_accounts` ADD `queries_per_minute` integer;