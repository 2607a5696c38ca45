-- What ended runs' listeners have still to be told. A row goes when it was delivered or given up.
-- target is a hash of the address, which may hold a secret and stays in the configuration.
create table if not exists webhook_outbox (
    id varchar(36) not null primary key,
    target varchar(64) not null,
    event varchar(32) not null,
    run_id varchar(36) not null,
    body longtext not null,
    created_at bigint not null,
    attempts bigint not null,
    next_at bigint not null,
    key webhook_outbox_due (target, next_at)
) character set utf8mb4 collate utf8mb4_bin;
