create table deployments (
    id varchar(36) not null primary key,
    -- Which server's: its processes are of that machine.
    owner varchar(36) not null,
    model_path varchar(1024) not null,
    -- Absolute. Of what a run has made, in the deployment's own folder.
    model_file varchar(4000),
    model_version varchar(128),
    served_model_name varchar(256) not null,
    -- JSON lists and objects.
    tags text not null,
    route_names text not null,
    env text not null,
    engine varchar(32) not null,
    extra_args text not null,
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
    stopped_at bigint
);

create index deployments_owner on deployments (owner, created_at);

create unique index deployments_origin on deployments (owner, origin);

create table deployment_replicas (
    deployment_id varchar(36) not null references deployments (id),
    number bigint not null,
    -- Counts its starts; each has a folder of its own.
    attempt bigint not null,
    restarts bigint not null,
    status varchar(16) not null,
    port bigint,
    -- A JSON list.
    gpus text not null,
    claim_bytes bigint not null,
    command text,
    failure_reason text,
    primary key (deployment_id, number)
);
