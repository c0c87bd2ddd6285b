CREATE TABLE `risk_list_entries` (
	`id` text PRIMARY KEY NOT NULL,
	`merchant_id` text NOT NULL,
	`list` text NOT NULL,
	`kind` text NOT NULL,
	`value` text NOT NULL,
	`note` text NOT NULL,
	`expires_at_ms` integer,
	`created_at_ms` integer NOT NULL,
	FOREIGN KEY (`merchant_id`) REFERENCES `merchants`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `risk_list_entries_by_value` ON `risk_list_entries` (`merchant_id`,`kind`,`value`);--> statement-breakpoint
CREATE INDEX `risk_list_entries_expiring` ON `risk_list_entries` (`expires_at_ms`) WHERE expires_at_ms is not null;