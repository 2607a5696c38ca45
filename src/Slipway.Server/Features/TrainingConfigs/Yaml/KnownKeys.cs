using System.Collections.Frozen;
using Slipway.Server.Platform.Validation;
using Slipway.Server.Platform.Yaml;

namespace Slipway.Server.Features.TrainingConfigs.Yaml;

/// <summary>
/// The keys that LLaMA-Factory, the trainer under it (Transformers) and Slipway's own trainer read, with what their values must
/// be. Words are listed only where every version refuses others; where versions add words, any text passes.
/// </summary>
internal static class KnownKeys
{
    private const string Flags = """
        do_train do_eval do_predict overwrite_output_dir bf16 fp16 tf32 bf16_full_eval fp16_full_eval pure_bf16 use_cpu
        packing neat_packing train_on_prompt mask_history streaming overwrite_cache enable_thinking preserve_thinking
        ignore_pad_token_for_loss
        trust_remote_code double_quantization resize_vocab use_unsloth use_unsloth_gc enable_liger_kernel upcast_layernorm
        upcast_lmhead_output low_cpu_mem_usage disable_gradient_checkpointing gradient_checkpointing use_kv_cache use_cache
        use_reentrant_gc train_from_scratch use_v1_kernels fp8 fp8_enable_fsdp_float8_all_gather image_do_pan_and_scan
        crop_to_patches use_audio_in_video galore_layerwise apollo_layerwise apollo_scale_front
        use_fast_tokenizer split_special_tokens skip_special_tokens do_sample shift_attn print_param_status
        use_rslora use_dora pissa_init pissa_convert create_new_adapter merge_adapter use_galore use_apollo use_badam use_adam_mini
        use_muon use_llama_pro use_ref_model use_mca use_dft_loss use_swanlab
        ppo_score_norm ppo_whiten_rewards
        freeze_vision_tower freeze_multi_modal_projector freeze_language_model compute_accuracy plot_loss disable_shuffling
        include_effective_tokens_per_second include_num_input_tokens_seen include_tokens_per_second
        save_only_model save_safetensors save_on_each_node load_best_model_at_end greater_is_better predict_with_generate
        dataloader_pin_memory dataloader_drop_last dataloader_persistent_workers group_by_length remove_unused_columns
        disable_tqdm logging_first_step logging_nan_inf_filter log_on_each_node prediction_loss_only eval_on_start
        eval_on_each_dataset auto_find_batch_size torch_compile use_liger_kernel push_to_hub full_determinism ignore_data_skip
        average_tokens_across_devices ddp_find_unused_parameters ddp_broadcast_buffers restore_callback_states_from_checkpoint
        export_legacy_format huggingface
        """;

    private const string Wholes = """
        cutoff_len preprocessing_batch_size preprocessing_num_workers max_samples eval_num_beams buffer_size
        lora_rank freeze_trainable_layers early_stopping_steps oft_block_size pissa_iter
        image_max_pixels image_min_pixels video_max_pixels video_min_pixels video_maxlen audio_sampling_rate
        per_device_train_batch_size per_device_eval_batch_size gradient_accumulation_steps eval_accumulation_steps max_steps
        save_total_limit seed data_seed dataloader_num_workers dataloader_prefetch_factor ddp_timeout ddp_bucket_cap_mb
        generation_max_length generation_num_beams vllm_maxlen vllm_max_lora_rank num_beams max_new_tokens max_length top_k
        ppo_buffer_size ppo_epochs galore_rank galore_update_interval apollo_rank apollo_update_interval badam_switch_interval
        badam_start_block badam_verbose oft_rank reward_model_quantization_bit
        export_size export_quantization_bit export_quantization_nsamples export_quantization_maxlen
        ref_model_quantization_bit sample_steps threads
        """;

    // Also steps: between 0 and 1 they are a share of the whole training.
    private const string Numbers = """
        learning_rate num_train_epochs weight_decay max_grad_norm warmup_ratio warmup_steps adam_beta1 adam_beta2 adam_epsilon
        lr_min_ratio logging_steps save_steps eval_steps eval_delay label_smoothing_factor neftune_noise_alpha val_size
        lora_alpha lora_dropout loraplus_lr_ratio loraplus_lr_embedding pref_beta pref_ftx pref_bco_weight
        dpo_label_smoothing simpo_gamma kto_chosen_weight kto_rejected_weight ld_alpha ppo_target galore_scale apollo_scale
        badam_update_ratio moe_aux_loss_coef module_dropout
        temperature top_p repetition_penalty length_penalty video_fps vllm_gpu_util
        """;

    private const string Texts = """
        model_name_or_path cache_dir model_revision hf_hub_token ms_hub_token om_hub_token flash_attn infer_backend infer_dtype
        offload_folder quantization_method quantization_type rope_scaling mixture_of_depths lr_scheduler_type optim
        optim_args template dataset_dir media_dir tokenized_path default_system tool_format mix_strategy output_dir
        logging_dir run_name hub_model_id hub_strategy hub_token ray_run_name ray_storage_path metric_for_best_model
        reward_model reward_model_adapters reward_model_type ref_model ref_model_adapters
        export_dir export_device export_quantization_dataset export_hub_model_id freeze_extra_modules
        swanlab_project swanlab_workspace swanlab_run_name swanlab_mode swanlab_api_key
        log_level ddp_backend badam_mode badam_switch_mode
        badam_mask_mode galore_proj_type apollo_proj apollo_proj_type apollo_scale_type adapter_folder fp8_backend
        new_special_tokens_config quantization_device_map swanlab_logdir swanlab_lark_webhook_url swanlab_lark_secret
        model_name tokenizer chat_template
        """;

    private const string Many = """
        dataset eval_dataset interleave_probs lora_target oft_target galore_target apollo_target additional_target
        freeze_trainable_modules adapter_name_or_path report_to new_special_tokens add_tokens add_special_tokens label_names
        gguf sample_prompts
        """;

    // Texts, switches or maps, as each of them likes.
    private const string Any = """
        resume_from_checkpoint deepspeed fsdp fsdp_config accelerator_config lr_scheduler_kwargs gradient_checkpointing_kwargs
        optim_target_modules torch_compile_backend torch_compile_mode ray_num_workers ray_init_kwargs resources_per_worker
        placement_strategy init_special_tokens vllm_config sglang_config new_model
        """;

    private static readonly string[] Strategies = ["save_strategy", "eval_strategy", "evaluation_strategy", "logging_strategy"];

    private static readonly string[] FromOne =
        ["lora_rank", "cutoff_len", "per_device_train_batch_size", "gradient_accumulation_steps", "max_samples"];

    private static readonly string[] FromZero =
        ["val_size", "learning_rate", "warmup_steps", "weight_decay", "lora_dropout", "max_grad_norm"];

    private static readonly FrozenDictionary<string, Rule> Table = BuildTable().ToFrozenDictionary(StringComparer.Ordinal);

    public static void Check(ConfigValues values)
    {
        foreach (var (key, value) in values.Entries)
        {
            if (IsSecret(key))
            {
                values.Warn(key, $"{key} is kept here in plain text for everybody who may read configurations; set it in the run's environment instead");
            }
            if (Table.GetValueOrDefault(key) is { } rule)
            {
                Check(values, key, value, rule);
            }
            else
            {
                values.Warn(key, $"the key '{YamlReader.Shorten(key)}' is not known; LLaMA-Factory refuses keys that it does not know, unless ALLOW_EXTRA_ARGS=1 is set");
            }
        }
    }

    /// <summary>Whether a value of this key is nobody else's business.</summary>
    public static bool IsSecret(string key) =>
        key.EndsWith("_token", StringComparison.Ordinal) || key.EndsWith("_api_key", StringComparison.Ordinal) || key.EndsWith("_secret", StringComparison.Ordinal);

    private static void Check(ConfigValues values, string key, YamlValue value, Rule rule)
    {
        if (rule.Kind is Kind.Any || (rule.Kind is Kind.Many && value is YamlList { Items: var items } && items.All(item => item is YamlText)))
        {
            return;
        }
        if (value is not YamlText text)
        {
            values.Refuse(key, $"{key} is not one value; accepted is {rule.Accepted}", rule.Type);
            return;
        }
        if (!rule.Accepts(text.Text))
        {
            values.Refuse(key, $"{key} is '{YamlReader.Shorten(text.Text)}'; accepted is {rule.Accepted}", rule.TypeOf(text.Text));
        }
        else if (text.IsQuoted && rule.Kind is Kind.Flag or Kind.Whole or Kind.Number)
        {
            values.Warn(key, $"{key} is quoted, which makes it a text; LLaMA-Factory wants it without quotes");
        }
        else if (rule.Words is not null && !text.IsQuoted && Words.Flag(text.Text) is not null)
        {
            // save_strategy: no
            values.Warn(key, $"{key}: {text.Text} is a switch to YAML, not a word; write \"{text.Text}\" in quotes");
        }
    }

    private static Dictionary<string, Rule> BuildTable()
    {
        var rules = Of(Flags, new(Kind.Flag)).Concat(Of(Wholes, new(Kind.Whole))).Concat(Of(Numbers, new(Kind.Number)))
            .Concat(Of(Texts, new(Kind.Text))).Concat(Of(Many, new(Kind.Many))).Concat(Of(Any, new(Kind.Any)))
            .ToDictionary(rule => rule.Key, rule => rule.Value, StringComparer.Ordinal);
        foreach (var key in Strategies)
        {
            rules[key] = Rule.OneOf("no", "steps", "epoch", "best");
        }
        rules["stage"] = Rule.OneOf("pt", "sft", "rm", "ppo", "dpo", "kto");
        rules["finetuning_type"] = Rule.OneOf("lora", "oft", "freeze", "full");
        rules["pref_loss"] = Rule.OneOf("sigmoid", "hinge", "ipo", "kto_pair", "orpo", "simpo");
        rules["quantization_bit"] = Rule.OneOf("8", "6", "5", "4", "3", "2", "1");
        foreach (var key in FromOne)
        {
            rules[key] = new(Kind.Whole) { Least = 1 };
        }
        foreach (var key in FromZero)
        {
            rules[key] = new(Kind.Number) { Least = 0 };
        }
        rules["warmup_ratio"] = new(Kind.Number) { Least = 0, Most = 1 };
        return rules;
    }

    private static IEnumerable<KeyValuePair<string, Rule>> Of(string keys, Rule rule) =>
        keys.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(key => KeyValuePair.Create(key, rule));

    private enum Kind
    {
        Flag,
        Whole,
        Number,
        Text,
        Many,
        Any,
    }

    private sealed record Rule(Kind Kind)
    {
        /// <summary>Null where any text will do.</summary>
        public string[]? Words { get; private init; }

        public double Least { get; init; } = double.NegativeInfinity;

        public double Most { get; init; } = double.PositiveInfinity;

        public static Rule OneOf(params string[] words) => new(Kind.Text) { Words = words };

        public string Accepted => Kind switch
        {
            Kind.Flag => "true or false",
            Kind.Whole => "a whole number" + Range,
            Kind.Number => "a number" + Range,
            Kind.Many => "a text, or a list of texts",
            _ => Words is null ? "a text" : string.Join(", ", Words),
        };

        public string Type => Kind switch
        {
            Kind.Flag => FaultTypes.Bool,
            Kind.Whole => FaultTypes.Integer,
            Kind.Number => FaultTypes.Float,
            Kind.Many => FaultTypes.List,
            _ => FaultTypes.String,
        };

        private string Range => this switch
        {
            { Least: double.NegativeInfinity, Most: double.PositiveInfinity } => "",
            { Most: double.PositiveInfinity } => $", {Least} or more",
            _ => $" from {Least} to {Most}",
        };

        public bool Accepts(string text) => Kind switch
        {
            Kind.Flag => Yaml.Words.Flag(text) is not null,
            Kind.Whole => Yaml.Words.Whole(text) is { } whole && whole >= Least && whole <= Most,
            Kind.Number => Yaml.Words.Number(text) is { } number && number >= Least && number <= Most,
            _ => Words is null || Words.Contains(text) || (Words.Contains("no") && Yaml.Words.Flag(text) is false),
        };

        /// <summary>The kind of fault that <paramref name="text"/> is, which is not accepted.</summary>
        public string TypeOf(string text) =>
            Words is not null ? FaultTypes.Const
            : Yaml.Words.Number(text) is { } number && Kind is Kind.Whole or Kind.Number && number < Least ? FaultTypes.NotGe
            : Yaml.Words.Number(text) > Most ? FaultTypes.NotLe
            : Type;
    }
}
