using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Training;
using Slipway.Models;
using Slipway.Server.Platform.Hub;

namespace Slipway.Training;

/// <summary>The questions that make a <see cref="TrainingFile"/> of settings. Every range is that of <see cref="TrainingOptions"/>.</summary>
internal sealed class TrainingFileReader
{
    private static readonly string[] Matrices = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];
    private static readonly string[] NewModelKeys = ["tokenizer", "chat_template"];
    private static readonly (string, GgmlType)[] GgufWords = [.. Enum.GetValues<GgmlType>().Select(type => (type.ToString().ToLowerInvariant(), type))];

    private readonly SettingReader _settings;
    private readonly MapSetting _all;
    private readonly string _folder;
    private readonly List<string> _faults;

    /// <param name="settings">What was written.</param>
    /// <param name="folder">What paths are relative to.</param>
    /// <param name="faults">Gets a line for each fault.</param>
    public TrainingFileReader(MapSetting settings, string folder, List<string> faults)
    {
        (_all, _settings, _folder, _faults) = (settings, new SettingReader(settings, faults), folder, faults);
    }

    public TrainingFile Read(bool resumes)
    {
        var defaults = new TrainingOptions { Datasets = [], OutputDirectory = "" };
        var options = ReadRun(ReadSteps(ReadModelAndData(defaults), defaults), defaults, resumes);
        var plots = _settings.Flag("plot_loss", otherwise: false);
        var ignored = ForeignKeys.Take(_settings);
        _settings.RefuseTheRest();
        return new TrainingFile(options, plots, ignored);
    }

    private TrainingOptions ReadModelAndData(TrainingOptions defaults)
    {
        var catalog = new DatasetCatalog(_folder, Path.GetFullPath(_settings.Text("dataset_dir") ?? "data", _folder));
        var baseModel = ReadPath("model_name_or_path", "a GGUF file, a Hugging Face folder, or OWNER/NAME[:FORMAT] of a hub", isModel: true);
        return defaults with
        {
            BaseModel = baseModel,
            NewModel = ReadNewModel(),
            Stage = _settings.Choice("stage", defaults.Stage, ("sft", TrainingStage.SupervisedFineTuning), ("pt", TrainingStage.Pretraining)),
            Method = _settings.Choice("finetuning_type", defaults.Method, ("full", FineTuningMethod.Full), ("lora", FineTuningMethod.Lora)),
            Lora = ReadLora(defaults.Lora),
            Datasets = ReadDatasets("dataset", catalog, isRequired: true),
            EvaluationDatasets = ReadDatasets("eval_dataset", catalog, isRequired: false),
            ValidationShare = _settings.Number("val_size", defaults.ValidationShare, "from 0 to 0.5, a share of the data", value => value is >= 0 and <= 0.5),
            CutoffLength = _settings.Whole("cutoff_len", defaults.CutoffLength, 16),
            Packing = _settings.Flag("packing", defaults.Packing),
            TrainOnPrompt = _settings.Flag("train_on_prompt", defaults.TrainOnPrompt),
        };
    }

    private LoraOptions ReadLora(LoraOptions defaults) => new()
    {
        Rank = _settings.Whole("lora_rank", defaults.Rank, 1, 1024),
        Alpha = _settings.Has("lora_alpha") ? _settings.Number("lora_alpha", 1, "above 0", value => value > 0) : defaults.Alpha,
        Targets = ReadTargets(),
        Merge = _settings.Flag("merge_adapter", defaults.Merge),
    };

    private string[] ReadTargets()
    {
        var targets = _settings.List("lora_target", splits: true);
        if (targets is [{ Text: "all" }])
        {
            return [];
        }
        foreach (var target in targets.Where(target => !Matrices.Contains(target.Text)))
        {
            _settings.Refuse(target, $"lora_target has '{target.Text}'; accepted are all, or some of {string.Join(", ", Matrices)}");
        }
        return [.. targets.Select(target => target.Text).Distinct()];
    }

    private TrainingOptions ReadSteps(TrainingOptions options, TrainingOptions defaults) => options with
    {
        BatchSize = _settings.Whole("per_device_train_batch_size", defaults.BatchSize, 1, 4096),
        AccumulationSteps = _settings.Whole("gradient_accumulation_steps", defaults.AccumulationSteps, 1, 4096),
        Epochs = _settings.Number("num_train_epochs", defaults.Epochs, "above 0", value => value > 0),
        MaxSteps = Math.Max(0, _settings.Whole("max_steps", defaults.MaxSteps, -1)), // Transformers writes "no limit" as -1.
        LearningRate = _settings.Number("learning_rate", defaults.LearningRate, "above 0 and at most 1", value => value is > 0 and <= 1),
        Schedule = _settings.Choice(
            "lr_scheduler_type", defaults.Schedule, ("cosine", LearningRateSchedule.Cosine), ("linear", LearningRateSchedule.Linear),
            ("constant", LearningRateSchedule.Constant), ("constant_with_warmup", LearningRateSchedule.Constant)),
        MinimumRateRatio = Share("lr_min_ratio", defaults.MinimumRateRatio),
        WarmupRatio = Share("warmup_ratio", defaults.WarmupRatio),
        WarmupSteps = _settings.Whole("warmup_steps", defaults.WarmupSteps, 0),
        Beta1 = Decay("adam_beta1", defaults.Beta1),
        Beta2 = Decay("adam_beta2", defaults.Beta2),
        Epsilon = _settings.Number("adam_epsilon", defaults.Epsilon, "above 0", value => value > 0),
        WeightDecay = Share("weight_decay", defaults.WeightDecay),
        MaxGradientNorm = _settings.Number("max_grad_norm", defaults.MaxGradientNorm, "of 0 or more; 0 does not clip", value => value >= 0),
        BFloat16 = _settings.Flag("bf16", defaults.BFloat16),
        Seed = _settings.Long("seed", defaults.Seed),
        Threads = _settings.Whole("threads", defaults.Threads, 1, 1024),
    };

    private TrainingOptions ReadRun(TrainingOptions options, TrainingOptions defaults, bool resumes) => options with
    {
        OutputDirectory = ReadOutput(),
        OverwriteOutput = _settings.Flag("overwrite_output_dir", defaults.OverwriteOutput),
        Resume = _settings.Flag("resume_from_checkpoint", defaults.Resume) || resumes,
        LoggingSteps = _settings.Whole("logging_steps", defaults.LoggingSteps, 1),
        SaveSteps = _settings.Whole("save_steps", defaults.SaveSteps, 0),
        SaveTotalLimit = _settings.Whole("save_total_limit", defaults.SaveTotalLimit, 1),
        EvaluationSteps = _settings.Whole("eval_steps", defaults.EvaluationSteps, 0),
        SampleSteps = _settings.Whole("sample_steps", defaults.SampleSteps, 0),
        SamplePrompts = [.. _settings.List("sample_prompts", splits: false).Select(prompt => prompt.Text)],
        GgufTypes = ReadGgufTypes(defaults),
        ExportHuggingFace = _settings.Flag("huggingface", defaults.ExportHuggingFace),
        ModelName = _settings.Text("model_name"),
    };

    private string ReadOutput()
    {
        if (_settings.Text("output_dir") is not { Length: > 0 } output)
        {
            _faults.Add($"{_all.Where}: output_dir is missing; it names the folder for the log, the checkpoints and the model.");
            return "";
        }
        return Path.GetFullPath(output, _folder);
    }

    private IReadOnlyList<GgmlType> ReadGgufTypes(TrainingOptions defaults)
    {
        if (!_settings.Has("gguf"))
        {
            return defaults.GgufTypes;
        }
        List<GgmlType> types = [];
        foreach (var word in _settings.List("gguf", splits: true))
        {
            var match = Array.FindIndex(GgufWords, pair => pair.Item1.Equals(word.Text, StringComparison.OrdinalIgnoreCase));
            if (match < 0)
            {
                _settings.Refuse(word, $"gguf has '{word.Text}'; accepted are {string.Join(", ", GgufWords.Select(pair => pair.Item1))}, or [] for none");
                continue;
            }
            types.Add(GgufWords[match].Item2);
        }
        return [.. types.Distinct()];
    }

    private NewModelOptions? ReadNewModel()
    {
        var tokenizer = ReadPath("tokenizer", "a tokenizer.json, its folder, a GGUF file, or OWNER/NAME[:FORMAT] of a hub", isModel: true);
        var template = ReadPath("chat_template", "a file with the template", isModel: false);
        var sizes = _settings.Map("new_model");
        if (sizes is null == !_settings.Has("model_name_or_path"))
        {
            _faults.Add($"{_all.Where}: name one model to begin with: model_name_or_path for one that there is, or new_model with the sizes of one to make.");
        }
        if (sizes is null)
        {
            foreach (var key in NewModelKeys.Where(_settings.Has))
            {
                _settings.Refuse(_settings.Find(key)!, $"{key} is for a new_model; a model that there is has its own");
            }
            return null;
        }
        if (!_settings.Has("tokenizer"))
        {
            _faults.Add($"{_all.Where}: a new_model needs tokenizer: a tokenizer.json or a GGUF file; 'slipway train tokenizer' makes one.");
        }
        var defaults = new NewModelOptions { Tokenizer = tokenizer ?? "", ChatTemplate = template };
        var model = ReadSizes(sizes, defaults);
        sizes.RefuseTheRest();
        return model;
    }

    private static NewModelOptions ReadSizes(SettingReader sizes, NewModelOptions defaults) => defaults with
    {
        HiddenSize = sizes.Whole("hidden_size", defaults.HiddenSize, 1, 1 << 16),
        IntermediateSize = sizes.Whole("intermediate_size", defaults.IntermediateSize, 1, 1 << 18),
        Layers = sizes.Whole("num_hidden_layers", defaults.Layers, 1, 1024),
        AttentionHeads = sizes.Whole("num_attention_heads", defaults.AttentionHeads, 1, 1024),
        KeyValueHeads = sizes.Whole("num_key_value_heads", defaults.KeyValueHeads, 1, 1024),
        HeadLength = sizes.Whole("head_dim", defaults.HeadLength, 2, 1024),
        ContextLength = sizes.Whole("max_position_embeddings", defaults.ContextLength, 16, 1 << 24),
        RopeBase = sizes.Number("rope_theta", defaults.RopeBase, "above 1", value => value > 1),
        NormEpsilon = sizes.Number("rms_norm_eps", defaults.NormEpsilon, "above 0 and below 1", value => value is > 0 and < 1),
        InitializerRange = sizes.Number("initializer_range", defaults.InitializerRange, "above 0 and at most 1", value => value is > 0 and <= 1),
    };

    private string[] ReadDatasets(string key, DatasetCatalog catalog, bool isRequired)
    {
        var names = _settings.List(key, splits: true);
        if (isRequired && names.Count == 0 && !_settings.Has(key))
        {
            _faults.Add($"{_all.Where}: {key} is missing; it names JSONL files, or names in dataset_dir/dataset_info.json.");
        }
        List<string> paths = [];
        foreach (var name in names)
        {
            var (path, fault) = catalog.Find(name.Text);
            if (path is null)
            {
                _settings.Refuse(name, $"{key} has '{name.Text}': {fault}");
            }
            else
            {
                paths.Add(path);
            }
        }
        return [.. paths];
    }

    /// <summary>An absolute path; of a model that is not there the hub's name as it was written, which is pulled when all else is well.</summary>
    private string? ReadPath(string key, string accepted, bool isModel)
    {
        if (_settings.Text(key) is not { } written)
        {
            return null;
        }
        var path = Path.GetFullPath(written, _folder);
        if (!File.Exists(path) && !(isModel && Directory.Exists(path)))
        {
            if (isModel && HubName.TryParse(written) is not null)
            {
                return written;
            }
            if (key == "model_name_or_path" && written == BundledModel.Name && File.Exists(BundledModel.Path))
            {
                return BundledModel.Path;
            }
            _settings.Refuse(_settings.Find(key)!, $"{key} is '{written}'; there is nothing at '{path}'. Accepted is {accepted}");
        }
        return path;
    }

    private double Share(string key, double otherwise) => _settings.Number(key, otherwise, "from 0 to 1", value => value is >= 0 and <= 1);

    private double Decay(string key, double otherwise) => _settings.Number(key, otherwise, "from 0 to below 1", value => value is >= 0 and < 1);
}
