ALTER TABLE `orders` ADD `fee_minor` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `payment_accounts` ADD `version` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `payment_accounts` ADD `credentials_at_ms` integer;--> statement-breakpoint
ALTER TABLE `payment_accounts` ADD `method` text;--> statement-breakpoint
ALTER TABLE `payment_accounts` ADD `fee_fixed_minor` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `payment_accounts` ADD `fee_basis_points` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `payment_accounts` ADD `fee_borne_by` text DEFAULT 'merchant' NOT NULL;--> statement-breakpoint
ALTER TABLE `payment_accounts` ADD `min_minor` integer;--> statement-breakpoint
ALTER TABLE `payment_accounts` ADD `max_minor` integer;--> statement-breakpoint
ALTER TABLE `payment_accounts` ADD `surfaces` text;--> statement-breakpoint
ALTER TABLE `payment_accounts` ADD `position` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `payment_accounts` ADD `weight` integer DEFAULT 1 NOT NULL;