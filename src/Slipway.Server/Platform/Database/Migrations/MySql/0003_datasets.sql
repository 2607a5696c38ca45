create table if not exists datasets (
    id varchar(36) not null primary key,
    name varchar(128) not null,
    type varchar(64) not null,
    description varchar(4000),
    task_type varchar(64) not null,
    -- A JSON object.
    metadata longtext not null,
    -- The hash over the files' names and hashes; empty without files.
    version varchar(64) not null,
    created_at bigint not null,
    updated_at bigint not null,
    unique index datasets_name (name),
    index datasets_created (created_at)
) character set utf8mb4 collate utf8mb4_bin;

create table if not exists dataset_files (
    id varchar(36) not null primary key,
    dataset_id varchar(36) not null,
    name varchar(1024) not null,
    -- open: bytes are still to come. arrived: whole, under its temporary name. kept: a file of the dataset.
    state varchar(16) not null,
    -- While it is open, how many it will have.
    bytes bigint not null,
    -- While it is open, what the uploader says, if anything.
    sha256 varchar(64),
    created_at bigint not null,
    uploaded_at bigint,
    records bigint,
    -- What was found in it, as JSON.
    report longtext,
    index dataset_files_dataset (dataset_id),
    index dataset_files_state (state),
    foreign key (dataset_id) references datasets (id)
) character set utf8mb4 collate utf8mb4_bin;

create table if not exists dataset_lengths (
    file_id varchar(36) not null,
    -- A hash that names a model's file as it is now; 'characters' for none.
    tokenizer varchar(64) not null,
    report longtext not null,
    primary key (file_id, tokenizer)
) character set utf8mb4 collate utf8mb4_bin;
