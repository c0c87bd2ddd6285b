ALTER TABLE `orders` ADD `risk` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `review` text;--> statement-breakpoint
CREATE INDEX `orders_in_review` ON `orders` (`merchant_id`,`paid_at_ms`,`id`) WHERE "review" = 'asked' AND "state" = 'paid';