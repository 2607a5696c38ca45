namespace Slipway.Server.Features.TrainingConfigs.Yaml;

/// <summary>
/// Settings that LLaMA-Factory refuses together, each at its own start. What depends on the dataset being named is left out:
/// a run names the dataset of its project over the file's.
/// </summary>
internal static class Contradictions
{
    // Under this a share counts as none, there as here.
    private const double Nothing = 1e-6;

    private static readonly string[] NeedingData = ["do_eval", "do_predict"];

    private static readonly string[] OfFineTuning = ["predict_with_generate", "neat_packing", "train_on_prompt", "mask_history"];

    private static readonly string[] OfLora = ["adapter_name_or_path", "loraplus_lr_ratio", "use_rslora", "use_dora", "pissa_init"];

    private static readonly string[] OptimizersOfFewStates = ["use_galore", "use_apollo", "use_badam"];

    private static readonly string[] NotQuantized = ["pissa_init", "resize_vocab"];

    public static void Check(ConfigValues values)
    {
        CheckData(values);
        CheckEvaluation(values);
        CheckStage(values);
        CheckMethod(values);
        CheckQuantization(values);
        if (values.Word("infer_backend") is "vllm" or "sglang")
        {
            values.Refuse("infer_backend", $"infer_backend {values.Word("infer_backend")} is for serving; a training needs huggingface, or the line left out");
        }
        if (values.IsOn("fp16") && values.IsOn("bf16"))
        {
            values.Refuse("fp16", "fp16 and bf16 are both on; at most one can be");
        }
    }

    private static void CheckData(ConfigValues values)
    {
        var share = values.Number("val_size") ?? 0;
        if (share > Nothing && values.Has("eval_dataset"))
        {
            values.Refuse("val_size", "val_size takes a share of the training data, but eval_dataset names data of its own; keep one of them");
        }
        if (values.IsOn("streaming"))
        {
            if (share is > Nothing and < 1)
            {
                values.Refuse("val_size", "a stream has no known length to take a share of; with streaming, val_size is a whole number of records");
            }
            if (values.Has("max_samples"))
            {
                values.Refuse("max_samples", "max_samples does not go with streaming");
            }
            if ((values.Number("max_steps") ?? -1) <= 0)
            {
                values.Refuse("streaming", "with streaming, max_steps must say when to stop");
            }
        }
        if (values.IsOn("mask_history") && values.IsOn("train_on_prompt"))
        {
            values.Refuse("mask_history", "mask_history and train_on_prompt are both on; they contradict each other");
        }
        CheckProbabilities(values);
    }

    private static void CheckProbabilities(ConfigValues values)
    {
        if (!values.Has("interleave_probs"))
        {
            return;
        }
        if ((values.Word("mix_strategy") ?? "concat") == "concat")
        {
            values.Refuse("interleave_probs", "interleave_probs needs a mix_strategy that interleaves; without one datasets are put one after another");
        }
        else if (values.CountOf("dataset") is { } datasets && values.CountOf("interleave_probs") is { } shares && datasets != shares)
        {
            values.Refuse("interleave_probs", $"interleave_probs has {shares} for {datasets} datasets; there must be one for each");
        }
    }

    private static void CheckEvaluation(ConfigValues values)
    {
        var hasData = values.Has("eval_dataset") || values.Number("val_size") > Nothing;
        foreach (var key in NeedingData.Where(key => values.IsOn(key) && !hasData))
        {
            values.Refuse(key, $"{key} needs data: name an eval_dataset, or a val_size above 0");
        }
        if (values.IsOn("do_predict") && Stage(values) == "sft" && !values.IsOn("predict_with_generate"))
        {
            values.Refuse("do_predict", "do_predict with stage sft needs predict_with_generate: true");
        }
        if (values.IsOn("predict_with_generate") && !values.Has("eval_dataset"))
        {
            values.Refuse("predict_with_generate", "predict_with_generate needs an eval_dataset");
        }
        if (values.IsOn("predict_with_generate") && values.IsOn("compute_accuracy"))
        {
            values.Refuse("compute_accuracy", "predict_with_generate and compute_accuracy are both on; at most one can be");
        }
    }

    private static void CheckStage(ConfigValues values)
    {
        var stage = Stage(values);
        if (stage != "sft")
        {
            foreach (var key in OfFineTuning.Where(values.IsOn))
            {
                values.Refuse(key, $"{key} is for stage sft only; here the stage is {stage}");
            }
        }
        if (stage is "rm" or "ppo" && values.IsOn("load_best_model_at_end"))
        {
            values.Refuse("load_best_model_at_end", $"load_best_model_at_end does not go with stage {stage}");
        }
        if (stage == "ppo" && !values.IsOn("do_train"))
        {
            values.Refuse("stage", "stage ppo can only train: it needs do_train: true");
        }
        if (stage == "dpo" && (values.Word("pref_loss") ?? "sigmoid") != "sigmoid" && values.Number("dpo_label_smoothing") > Nothing)
        {
            values.Refuse("dpo_label_smoothing", "dpo_label_smoothing goes with pref_loss sigmoid only");
        }
        if (stage == "ppo" && !values.Has("reward_model"))
        {
            values.Refuse("stage", "stage ppo needs a reward_model");
        }
    }

    private static void CheckMethod(ConfigValues values)
    {
        var method = values.Word("finetuning_type") ?? "lora";
        if (method != "lora")
        {
            foreach (var key in OfLora.Where(key => values.IsOn(key) || (key is "adapter_name_or_path" or "loraplus_lr_ratio" && values.Has(key))))
            {
                values.Refuse(key, $"{key} goes with finetuning_type lora; here it is {method}");
            }
        }
        var savers = OptimizersOfFewStates.Where(values.IsOn).ToList();
        if (method == "lora" && savers.Count > 0)
        {
            values.Refuse(savers[0], $"{savers[0]} does not go with finetuning_type lora");
        }
        if (savers.Count > 1)
        {
            values.Refuse(savers[1], $"{savers[0]} and {savers[1]} are both on; at most one can be");
        }
        if (method == "full" && values.IsOn("use_llama_pro"))
        {
            values.Refuse("use_llama_pro", "use_llama_pro goes with finetuning_type freeze or lora; here it is full");
        }
    }

    private static void CheckQuantization(ConfigValues values)
    {
        if (!values.Has("quantization_bit"))
        {
            return;
        }
        if (values.Word("finetuning_type") is "full" or "freeze")
        {
            values.Refuse("quantization_bit", $"a quantized model can be trained with lora or oft only; here finetuning_type is {values.Word("finetuning_type")}");
        }
        foreach (var key in NotQuantized.Where(values.IsOn))
        {
            values.Refuse(key, $"{key} does not go with a quantized model (quantization_bit)");
        }
    }

    private static string Stage(ConfigValues values) => values.Word("stage") ?? "sft";
}
