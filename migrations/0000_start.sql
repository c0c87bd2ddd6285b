CREATE TABLE `audit_log` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`merchant_id` text NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`detail` text NOT NULL,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_log_by_merchant` ON `audit_log` (`merchant_id`,`id`);--> statement-breakpoint
CREATE TABLE `deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`merchant_id` text NOT NULL,
	`order_id` text NOT NULL,
	`purpose` text NOT NULL,
	`round` integer NOT NULL,
	`state` text NOT NULL,
	`attempts` integer NOT NULL,
	`due_at_ms` integer NOT NULL,
	`sender` text,
	`message_id` text,
	`last_error` text,
	`created_at_ms` integer NOT NULL,
	`sent_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `deliveries_by_order` ON `deliveries` (`order_id`);--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`state`,`due_at_ms`);--> statement-breakpoint
CREATE TABLE `idempotency_records` (
	`merchant_id` text NOT NULL,
	`operation` text NOT NULL,
	`key` text NOT NULL,
	`body_hash` text NOT NULL,
	`status` integer NOT NULL,
	`response` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`merchant_id`, `operation`, `key`)
);
--> statement-breakpoint
CREATE TABLE `key_batches` (
	`id` text PRIMARY KEY NOT NULL,
	`merchant_id` text NOT NULL,
	`product_id` text NOT NULL,
	`label` text,
	`accepted` integer NOT NULL,
	`duplicates` integer NOT NULL,
	`rejected` integer NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `key_batches_by_product` ON `key_batches` (`product_id`,`created_at_ms`);--> statement-breakpoint
CREATE TABLE `merchants` (
	`id` text PRIMARY KEY NOT NULL,
	`slug` text NOT NULL,
	`name` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `merchants_slug_unique` ON `merchants` (`slug`);--> statement-breakpoint
CREATE TABLE `orders` (
	`id` text PRIMARY KEY NOT NULL,
	`version` integer NOT NULL,
	`merchant_id` text NOT NULL,
	`product_id` text NOT NULL,
	`product_title` text NOT NULL,
	`variant_id` text,
	`variant_title` text,
	`quantity` integer NOT NULL,
	`unit_price_minor` integer NOT NULL,
	`amount_minor` integer NOT NULL,
	`discount_minor` integer NOT NULL,
	`currency` text NOT NULL,
	`email` text NOT NULL,
	`locale` text NOT NULL,
	`fields` text NOT NULL,
	`lookup_hash` text,
	`payment_account_id` text,
	`payment_method` text,
	`state` text NOT NULL,
	`placed_at_ms` integer NOT NULL,
	`expires_at_ms` integer,
	`paid_at_ms` integer,
	`delivered_at_ms` integer,
	`keys_delivered` integer NOT NULL,
	`history` text NOT NULL,
	`payments` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `orders_by_merchant` ON `orders` (`merchant_id`,`placed_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `orders_by_state` ON `orders` (`merchant_id`,`state`,`placed_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `orders_by_email` ON `orders` (`merchant_id`,`email`,`placed_at_ms`);--> statement-breakpoint
CREATE INDEX `orders_by_product` ON `orders` (`merchant_id`,`product_id`,`placed_at_ms`);--> statement-breakpoint
CREATE TABLE `parked_messages` (
	`id` text PRIMARY KEY NOT NULL,
	`queue` text NOT NULL,
	`body` text NOT NULL,
	`parked_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `payment_accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`merchant_id` text NOT NULL,
	`slug` text NOT NULL,
	`title` text NOT NULL,
	`gateway` text NOT NULL,
	`currency` text NOT NULL,
	`sealed_credentials` text NOT NULL,
	`active` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	FOREIGN KEY (`merchant_id`) REFERENCES `merchants`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `payment_accounts_by_slug` ON `payment_accounts` (`merchant_id`,`slug`);--> statement-breakpoint
CREATE TABLE `payment_notices` (
	`id` text PRIMARY KEY NOT NULL,
	`merchant_id` text NOT NULL,
	`account_id` text NOT NULL,
	`trade_no` text NOT NULL,
	`order_ref` text NOT NULL,
	`amount_minor` integer,
	`verdict` text NOT NULL,
	`received_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `payment_notices_once` ON `payment_notices` (`account_id`,`trade_no`,`order_ref`,`verdict`);--> statement-breakpoint
CREATE INDEX `payment_notices_by_merchant` ON `payment_notices` (`merchant_id`,`received_at_ms`);--> statement-breakpoint
CREATE TABLE `products` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`merchant_id` text NOT NULL,
	`slug` text NOT NULL,
	`version` integer NOT NULL,
	`status` text NOT NULL,
	`title` text NOT NULL,
	`summary` text NOT NULL,
	`description_md` text NOT NULL,
	`image_url` text,
	`category` text,
	`price_minor` integer NOT NULL,
	`currency` text NOT NULL,
	`price_tiers` text NOT NULL,
	`variants` text NOT NULL,
	`delivery` text NOT NULL,
	`key_source` text NOT NULL,
	`per_order` integer NOT NULL,
	`per_buyer` integer,
	`hold_seconds` integer NOT NULL,
	`opens_at_ms` integer,
	`closes_at_ms` integer,
	`stock_display` text NOT NULL,
	`fields` text NOT NULL,
	`payment_methods` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	FOREIGN KEY (`merchant_id`) REFERENCES `merchants`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `products_id_unique` ON `products` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `products_by_slug` ON `products` (`merchant_id`,`slug`);--> statement-breakpoint
CREATE INDEX `products_listed` ON `products` (`merchant_id`,`status`,`number`);--> statement-breakpoint
CREATE TABLE `tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`merchant_id` text NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer,
	`last_used_at_ms` integer,
	`revoked_at_ms` integer,
	FOREIGN KEY (`merchant_id`) REFERENCES `merchants`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tokens_hash_unique` ON `tokens` (`hash`);--> statement-breakpoint
CREATE INDEX `tokens_by_merchant` ON `tokens` (`merchant_id`);