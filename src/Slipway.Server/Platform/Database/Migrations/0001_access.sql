-- Times are milliseconds since 1970 in UTC, money is billionths of a dollar, days are written 2026-01-31.

create table settings (
    name text not null primary key,
    value text not null
);

-- Counted up by every change of a kind, so that other processes see that there was one.
create table revisions (
    name text not null primary key,
    revision bigint not null
);

insert into revisions (name, revision) values ('keys', 1);

create table api_keys (
    id text not null primary key,
    name text not null,
    models text,
    rpm bigint,
    tpm bigint,
    concurrency bigint,
    budget bigint,
    is_admin bigint not null,
    created_at bigint not null,
    expires_at bigint,
    revoked_at bigint
);

-- The name of a revoked key may be given again.
create unique index api_keys_name on api_keys (name) where revoked_at is null;

-- A key that was rotated has two for a while.
create table api_key_secrets (
    hash text not null primary key,
    key_id text not null references api_keys (id),
    prefix text not null,
    created_at bigint not null,
    expires_at bigint
);

create index api_key_secrets_key on api_key_secrets (key_id);

-- No reference to api_keys: keys from a secret store and calls without a key are counted too.
create table usage_days (
    key_id text not null,
    model text not null,
    day text not null,
    requests bigint not null,
    prompt bigint not null,
    completion bigint not null,
    cached bigint not null,
    reasoning bigint not null,
    cost bigint not null,
    primary key (key_id, model, day)
);

create index usage_days_day on usage_days (day);

create table spend (
    key_id text not null primary key,
    cost bigint not null
);

-- How much of each journal is in the tables above; written in the same transaction as they are.
create table usage_journals (
    id text not null primary key,
    position bigint not null
);
