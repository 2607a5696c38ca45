-- A name keeps its row when it is deleted, so that its versions are never counted anew: a run that notes "finetune, version 3"
-- means one text for ever.
create table if not exists train_configs (
    name varchar(128) not null primary key,
    id varchar(36) not null unique,
    latest bigint not null
) character set utf8mb4 collate utf8mb4_bin;

create table if not exists train_config_versions (
    name varchar(128) not null,
    version bigint not null,
    filename varchar(255) not null,
    size bigint not null,
    sha256 varchar(64) not null,
    content longtext not null,
    warnings longtext not null,
    uploaded_at bigint not null,
    primary key (name, version),
    foreign key (name) references train_configs (name),
    key train_config_versions_time (uploaded_at)
) character set utf8mb4 collate utf8mb4_bin;
