create table if not exists projects (
    id varchar(36) not null primary key,
    name varchar(128) not null,
    description longtext not null,
    owner varchar(128) not null,
    dataset_name varchar(512) not null,
    training_yaml_name varchar(512) not null,
    status varchar(16) not null,
    created_at bigint not null,
    updated_at bigint not null,
    unique key projects_name (name),
    key projects_created (created_at, id)
) character set utf8mb4 collate utf8mb4_bin;

create table if not exists project_tags (
    project_id varchar(36) not null references projects (id),
    tag varchar(128) not null,
    place bigint not null,
    primary key (project_id, tag),
    key project_tags_tag (tag)
) character set utf8mb4 collate utf8mb4_bin;

-- Environment, parameters, command and GPUs are JSON; owner is the server whose data folder holds the run.
create table if not exists runs (
    id varchar(36) not null primary key,
    project_id varchar(36) not null references projects (id),
    owner varchar(64) not null,
    status varchar(16) not null,
    executor varchar(16) not null,
    priority bigint not null,
    gpus bigint not null,
    gpu_ids longtext not null,
    environment longtext not null,
    parameters longtext not null,
    command longtext not null,
    start_command longtext not null,
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
    metrics longtext not null,
    log_count bigint not null,
    artifacts_count bigint not null,
    waiting_for longtext,
    pid bigint,
    external_id varchar(256),
    created_at bigint not null,
    queued_at bigint not null,
    started_at bigint,
    finished_at bigint,
    exit_code bigint,
    failure_code varchar(64),
    failure_reason longtext,
    cancelled_by varchar(128),
    key runs_project (project_id, created_at, id, status, executor),
    key runs_created (created_at, id),
    key runs_status (status, created_at, id, executor),
    key runs_executor (executor, created_at, id, status),
    key runs_dataset (dataset_id)
) character set utf8mb4 collate utf8mb4_bin;

create table if not exists run_attempts (
    run_id varchar(36) not null references runs (id),
    number bigint not null,
    phase varchar(16) not null,
    handle longtext,
    resumes varchar(36),
    started_at bigint,
    finished_at bigint,
    exit_code bigint,
    log_lines bigint not null,
    reader longtext,
    stop_sent bigint not null,
    primary key (run_id, number),
    key run_attempts_phase (phase)
) character set utf8mb4 collate utf8mb4_bin;

create table if not exists run_events (
    run_id varchar(36) not null references runs (id),
    number bigint not null,
    attempt bigint not null,
    at bigint not null,
    level varchar(16) not null,
    status varchar(16),
    is_ending bigint not null,
    text longtext not null,
    primary key (run_id, number)
) character set utf8mb4 collate utf8mb4_bin;

create table if not exists run_metrics (
    run_id varchar(36) not null references runs (id),
    number bigint not null,
    attempt bigint not null,
    name varchar(128) not null,
    step bigint,
    epoch double precision,
    value double precision,
    at bigint not null,
    source varchar(16) not null,
    primary key (run_id, number),
    key run_metrics_name (run_id, name, number)
) character set utf8mb4 collate utf8mb4_bin;

create table if not exists artifacts (
    id varchar(36) not null primary key,
    run_id varchar(36) not null references runs (id),
    attempt bigint not null,
    name varchar(1024) not null,
    bytes bigint not null,
    sha256 varchar(64),
    kind varchar(16) not null,
    created_at bigint not null,
    key artifacts_run (run_id)
) character set utf8mb4 collate utf8mb4_bin;

create table if not exists artifact_tags (
    artifact_id varchar(36) not null references artifacts (id),
    tag varchar(128) not null,
    primary key (artifact_id, tag)
) character set utf8mb4 collate utf8mb4_bin;
