create table deployed_models (
    -- Which server's: it alone looks after it.
    owner varchar(36) not null,
    model_id varchar(256) not null,
    model_tag varchar(63) not null,
    -- What was asked for, and what the catalog said of the model then, as JSON.
    deploy_order text not null,
    model text not null,
    is_unwanted bigint not null,
    -- What the last step found, as JSON.
    standing text,
    created_at bigint not null,
    primary key (owner, model_id, model_tag)
);
