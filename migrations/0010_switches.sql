CREATE TABLE `switches` (
	`part` text PRIMARY KEY NOT NULL,
	`reason` text NOT NULL,
	`until_ms` integer,
	`set_by` text NOT NULL,
	`set_at_ms` integer NOT NULL
);
