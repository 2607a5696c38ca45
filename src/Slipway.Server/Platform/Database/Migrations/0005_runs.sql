create table projects (
    id varchar(36) not null primary key,
    name varchar(128) not null,
    description text not null,
    owner varchar(128) not null,
    dataset_name varchar(512) not null,
    training_yaml_name varchar(512) not null,
    status varchar(16) not null,
    created_at bigint not null,
    updated_at bigint not null
);

create unique index projects_name on projects (name);
create index projects_created on projects (created_at, id);

create table project_tags (
    project_id varchar(36) not null references projects (id),
    tag varchar(128) not null,
    place bigint not null,
    primary key (project_id, tag)
);

create index project_tags_tag on project_tags (tag);

-- Environment, parameters, command and GPUs are JSON; owner is the server whose data folder holds the run.
create table runs (
    id varchar(36) not null primary key,
    project_id varchar(36) not null references projects (id),
    owner varchar(64) not null,
    status varchar(16) not null,
    executor varchar(16) not null,
    priority bigint not null,
    gpus bigint not null,
    gpu_ids varchar(4096) not null,
    environment text not null,
    parameters text not null,
    command text not null,
    start_command text not null,
    dataset_id varchar(36),
    dataset varchar(600),
    training_config varchar(600),
    resume_from varchar(36),
    token_hash varchar(64) not null,
    attempt bigint not null,
    progress double precision not null,
    step bigint,
    total_steps bigint,
    epoch double precision,
    eta_seconds double precision,
    metrics text not null,
    log_count bigint not null,
    artifacts_count bigint not null,
    waiting_for text,
    pid bigint,
    external_id varchar(256),
    created_at bigint not null,
    queued_at bigint not null,
    started_at bigint,
    finished_at bigint,
    exit_code bigint,
    failure_code varchar(64),
    failure_reason text,
    cancelled_by varchar(128)
);

create index runs_project on runs (project_id, created_at, id, status, executor);
create index runs_created on runs (created_at, id);
create index runs_status on runs (status, created_at, id, executor);
create index runs_executor on runs (executor, created_at, id, status);
create index runs_dataset on runs (dataset_id);

create table run_attempts (
    run_id varchar(36) not null references runs (id),
    number bigint not null,
    phase varchar(16) not null,
    handle text,
    resumes varchar(36),
    started_at bigint,
    finished_at bigint,
    exit_code bigint,
    log_lines bigint not null,
    reader text,
    stop_sent bigint not null,
    primary key (run_id, number)
);

create index run_attempts_phase on run_attempts (phase);

create table run_events (
    run_id varchar(36) not null references runs (id),
    number bigint not null,
    attempt bigint not null,
    at bigint not null,
    level varchar(16) not null,
    status varchar(16),
    is_ending bigint not null,
    text text not null,
    primary key (run_id, number)
);

create table run_metrics (
    run_id varchar(36) not null references runs (id),
    number bigint not null,
    attempt bigint not null,
    name varchar(128) not null,
    step bigint,
    epoch double precision,
    value double precision,
    at bigint not null,
    source varchar(16) not null,
    primary key (run_id, number)
);

create index run_metrics_name on run_metrics (run_id, name, number);

create table artifacts (
    id varchar(36) not null primary key,
    run_id varchar(36) not null references runs (id),
    attempt bigint not null,
    name varchar(1024) not null,
    bytes bigint not null,
    sha256 varchar(64),
    kind varchar(16) not null,
    created_at bigint not null
);

create index artifacts_run on artifacts (run_id);

create table artifact_tags (
    artifact_id varchar(36) not null references artifacts (id),
    tag varchar(128) not null,
    primary key (artifact_id, tag)
);
