CREATE TABLE `archived_orders` (
	`id` text PRIMARY KEY NOT NULL,
	`version` integer NOT NULL,
	`record` text NOT NULL,
	`archived_at_ms` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `orders` ADD `archivable_at_ms` integer;--> statement-breakpoint
CREATE INDEX `orders_archivable` ON `orders` (`archivable_at_ms`) WHERE "archivable_at_ms" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `idempotency_records_by_age` ON `idempotency_records` (`created_at_ms`);--> statement-breakpoint
-- Orders of before: as src/domain/archiving.ts says it of those that are published from now on.
UPDATE `orders` SET `archivable_at_ms` = max(
	`history` ->> '$[#-1].atMs',
	coalesce((SELECT max(value ->> '$.atMs') FROM json_each(`payments`)), 0)
) + iif(`state` IN ('expired', 'cancelled') AND json_array_length(`payments`) = 0, 604800000, 2592000000)
WHERE `state` IN ('delivered', 'expired', 'cancelled', 'refunded');
