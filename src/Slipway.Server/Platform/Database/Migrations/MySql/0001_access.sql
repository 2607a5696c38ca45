-- Times are milliseconds since 1970 in UTC, money is billionths of a dollar, days are written 2026-01-31.

create table if not exists settings (
    name varchar(128) not null primary key,
    value longtext not null
) character set utf8mb4 collate utf8mb4_bin;

-- Counted up by every change of a kind, so that other processes see that there was one.
create table if not exists revisions (
    name varchar(128) not null primary key,
    revision bigint not null
) character set utf8mb4 collate utf8mb4_bin;

insert into revisions (name, revision) values ('keys', 1) on duplicate key update revision = revision;

-- The name of a revoked key may be given again: as no unique key covers only some rows, one covers a column that is null then.
create table if not exists api_keys (
    id varchar(64) not null primary key,
    name varchar(128) not null,
    models longtext,
    rpm bigint,
    tpm bigint,
    concurrency bigint,
    budget bigint,
    is_admin bigint not null,
    created_at bigint not null,
    expires_at bigint,
    revoked_at bigint,
    name_in_use varchar(128) generated always as (case when revoked_at is null then name end) virtual,
    unique key api_keys_name (name_in_use)
) character set utf8mb4 collate utf8mb4_bin;

-- A key that was rotated has two for a while.
create table if not exists api_key_secrets (
    hash varchar(128) not null primary key,
    key_id varchar(64) not null,
    prefix varchar(64) not null,
    created_at bigint not null,
    expires_at bigint,
    key api_key_secrets_key (key_id),
    foreign key (key_id) references api_keys (id)
) character set utf8mb4 collate utf8mb4_bin;

-- No reference to api_keys: keys from a secret store and calls without a key are counted too.
create table if not exists usage_days (
    key_id varchar(256) not null,
    model varchar(256) not null,
    day varchar(10) not null,
    requests bigint not null,
    prompt bigint not null,
    completion bigint not null,
    cached bigint not null,
    reasoning bigint not null,
    cost bigint not null,
    primary key (key_id, model, day),
    key usage_days_day (day)
) character set utf8mb4 collate utf8mb4_bin;

create table if not exists spend (
    key_id varchar(256) not null primary key,
    cost bigint not null
) character set utf8mb4 collate utf8mb4_bin;

-- How much of each journal is in the tables above; written in the same transaction as they are.
create table if not exists usage_journals (
    id varchar(256) not null primary key,
    position bigint not null
) character set utf8mb4 collate utf8mb4_bin;
