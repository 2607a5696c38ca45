namespace Slipway.Training;

/// <summary>Keys of LLaMA-Factory that change nothing here, so that its files run as they are; each with the reason.</summary>
internal static class ForeignKeys
{
    private const string OwnReader = "data is read as it is needed";

    // A null in the place of the values accepts any; elsewhere another value would ask for something that is not done.
    private static readonly (string Key, string[]? Values, string Reason)[] Table =
    [
        ("do_train", ["true"], "training is what the command does"),
        ("do_eval", null, "eval_dataset and val_size decide it"),
        ("template", null, "the model's own chat template is used"),
        ("report_to", ["none"], "progress goes to trainer_log.jsonl"),
        ("overwrite_cache", null, OwnReader),
        ("preprocessing_num_workers", null, OwnReader),
        ("dataloader_num_workers", null, OwnReader),
        ("ddp_timeout", null, "one process trains"),
        ("trust_remote_code", null, "a model's folder is read, never run"),
        ("save_only_model", ["false"], "checkpoints can always be resumed"),
        ("save_strategy", ["steps"], "save_steps decides it"),
        ("eval_strategy", ["steps"], "eval_steps decides it"),
        ("logging_strategy", ["steps"], "logging_steps decides it"),
        ("per_device_eval_batch_size", null, "evaluation does not depend on it"),
        ("optim", ["adamw_torch", "adamw_torch_fused", "adamw"], "AdamW it is"),
        ("lora_dropout", ["0", "0.0"], "there is no dropout"),
        ("fp16", ["false"], "training computes in singles or bfloat16"),
        ("streaming", ["false"], OwnReader),
        ("include_num_input_tokens_seen", null, "the log always has them"),
        ("run_name", null, "the run is called by its folder"),
        ("gradient_checkpointing", null, "it changes no result"),
        ("disable_gradient_checkpointing", null, "it changes no result"),
        ("flash_attn", null, "there is one attention"),
    ];

    /// <summary>Takes these keys out of the unknown ones; a value that would ask for more is a fault.</summary>
    /// <returns>For each that is there, what to tell: <c>template: …</c>.</returns>
    public static IReadOnlyList<string> Take(SettingReader settings)
    {
        List<string> notes = [];
        foreach (var (key, values, reason) in Table)
        {
            if (settings.Find(key) is not { } setting)
            {
                continue;
            }
            if (values is null || (setting is ScalarSetting scalar && values.Contains(scalar.Text, StringComparer.OrdinalIgnoreCase)))
            {
                notes.Add($"{key} ({reason})");
            }
            else
            {
                settings.Refuse(setting, $"{key} is {(setting as ScalarSetting)?.Text ?? "not one value"}; accepted is {string.Join(", ", values)}: {reason}");
            }
        }
        return notes;
    }
}
