create table if not exists deployments (
    id varchar(36) not null primary key,
    -- Which server's: its processes are of that machine.
    owner varchar(36) not null,
    model_path varchar(1024) not null,
    -- Absolute. Of what a run has made, in the deployment's own folder.
    model_file varchar(4000),
    model_version varchar(128),
    served_model_name varchar(256) not null,
    -- JSON lists and objects.
    tags longtext not null,
    route_names longtext not null,
    env longtext not null,
    engine varchar(32) not null,
    extra_args longtext not null,
    preferred_gpu bigint,
    gpu_memory_bytes bigint,
    health_path varchar(256) not null,
    replicas bigint not null,
    -- Who asked, where it was not a client.
    origin varchar(256),
    -- What is wanted of it: running, stopped, removed.
    wish varchar(16) not null,
    created_at bigint not null,
    started_at bigint,
    stopped_at bigint,
    key deployments_owner (owner, created_at),
    unique key deployments_origin (owner, origin)
) character set utf8mb4 collate utf8mb4_bin;

create table if not exists deployment_replicas (
    deployment_id varchar(36) not null references deployments (id),
    number bigint not null,
    -- Counts its starts; each has a folder of its own.
    attempt bigint not null,
    restarts bigint not null,
    status varchar(16) not null,
    port bigint,
    -- A JSON list.
    gpus longtext not null,
    claim_bytes bigint not null,
    command longtext,
    failure_reason longtext,
    primary key (deployment_id, number)
) character set utf8mb4 collate utf8mb4_bin;
