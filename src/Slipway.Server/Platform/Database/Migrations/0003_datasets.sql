create table datasets (
    id varchar(36) not null primary key,
    name varchar(128) not null,
    type varchar(64) not null,
    description varchar(4000),
    task_type varchar(64) not null,
    -- A JSON object.
    metadata text not null,
    -- The hash over the files' names and hashes; empty without files.
    version varchar(64) not null,
    created_at bigint not null,
    updated_at bigint not null
);

create unique index datasets_name on datasets (name);

create index datasets_created on datasets (created_at);

create table dataset_files (
    id varchar(36) not null primary key,
    dataset_id varchar(36) not null references datasets (id),
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
    report text
);

create index dataset_files_dataset on dataset_files (dataset_id);

create index dataset_files_state on dataset_files (state);

create table dataset_lengths (
    file_id varchar(36) not null,
    -- A hash that names a model's file as it is now; 'characters' for none.
    tokenizer varchar(64) not null,
    report text not null,
    primary key (file_id, tokenizer)
);
