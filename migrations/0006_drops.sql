CREATE TABLE `drops` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`merchant_id` text NOT NULL,
	`product_id` text NOT NULL,
	`version` integer NOT NULL,
	`opens_at_ms` integer NOT NULL,
	`closes_at_ms` integer NOT NULL,
	`quantity` integer NOT NULL,
	`per_buyer` integer,
	`hold_seconds` integer NOT NULL,
	`policy` text NOT NULL,
	`seed_commitment` text NOT NULL,
	`sealed_seed` text NOT NULL,
	`closed_at_ms` integer,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	FOREIGN KEY (`merchant_id`) REFERENCES `merchants`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`product_id`) REFERENCES `products`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `drops_id_unique` ON `drops` (`id`);--> statement-breakpoint
CREATE INDEX `drops_by_merchant` ON `drops` (`merchant_id`,`number`);--> statement-breakpoint
ALTER TABLE `products` ADD `drop` text;