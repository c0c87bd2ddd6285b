ALTER TABLE `disputes` ADD `said_at_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `disputes` ADD `reason` text;--> statement-breakpoint
ALTER TABLE `disputes` ADD `evidence_due_at_ms` integer;--> statement-breakpoint
ALTER TABLE `disputes` ADD `look_at_ms` integer;--> statement-breakpoint
ALTER TABLE `disputes` ADD `looks` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `disputes_due` ON `disputes` (`look_at_ms`) WHERE "look_at_ms" IS NOT NULL;--> statement-breakpoint
UPDATE `disputes` SET `look_at_ms` = `opened_at_ms`;
