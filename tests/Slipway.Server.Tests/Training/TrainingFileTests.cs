using Slipway.Commands;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Training;

namespace Slipway.Server.Tests.Training;

public sealed class TrainingFileTests : IDisposable
{
    private readonly TrainingFolder _folder = new();

    public static TheoryData<string, Func<TrainingOptions, object?>, object?> Keys => new()
    {
        { "stage: pt", options => options.Stage, TrainingStage.Pretraining },
        { "finetuning_type: lora", options => options.Method, FineTuningMethod.Lora },
        { "lora_rank: 16", options => options.Lora.Rank, 16 },
        { "lora_alpha: 12.5", options => options.Lora.Alpha, 12.5 },
        { "lora_target: q_proj,v_proj", options => string.Join('+', options.Lora.Targets), "q_proj+v_proj" },
        { "lora_target: all", options => options.Lora.Targets.Count, 0 },
        { "merge_adapter: false", options => options.Lora.Merge, false },
        { "val_size: 0.1", options => options.ValidationShare, 0.1 },
        { "cutoff_len: 512", options => options.CutoffLength, 512 },
        { "packing: false", options => options.Packing, false },
        { "train_on_prompt: true", options => options.TrainOnPrompt, true },
        { "per_device_train_batch_size: 2", options => options.BatchSize, 2 },
        { "gradient_accumulation_steps: 8", options => options.AccumulationSteps, 8 },
        { "num_train_epochs: 2.5", options => options.Epochs, 2.5 },
        { "max_steps: 100", options => options.MaxSteps, 100 },
        { "max_steps: -1", options => options.MaxSteps, 0 },
        { "learning_rate: 1.0e-4", options => options.LearningRate, 1e-4 },
        { "lr_scheduler_type: linear", options => options.Schedule, LearningRateSchedule.Linear },
        { "lr_min_ratio: 0.1", options => options.MinimumRateRatio, 0.1 },
        { "warmup_ratio: 0.03", options => options.WarmupRatio, 0.03 },
        { "warmup_steps: 20", options => options.WarmupSteps, 20 },
        { "adam_beta1: 0.8", options => options.Beta1, 0.8 },
        { "adam_beta2: 0.95", options => options.Beta2, 0.95 },
        { "adam_epsilon: 1e-6", options => options.Epsilon, 1e-6 },
        { "weight_decay: 0.1", options => options.WeightDecay, 0.1 },
        { "max_grad_norm: 0", options => options.MaxGradientNorm, 0.0 },
        { "bf16: true", options => options.BFloat16, true },
        { "seed: -7", options => options.Seed, -7L },
        { "threads: 3", options => options.Threads, 3 },
        { "overwrite_output_dir: true", options => options.OverwriteOutput, true },
        { "resume_from_checkpoint: true", options => options.Resume, true },
        { "logging_steps: 1", options => options.LoggingSteps, 1 },
        { "save_steps: 0", options => options.SaveSteps, 0 },
        { "save_total_limit: 5", options => options.SaveTotalLimit, 5 },
        { "eval_steps: 50", options => options.EvaluationSteps, 50 },
        { "sample_steps: 9", options => options.SampleSteps, 9 },
        { "sample_prompts: ['你好', 'a, b']", options => string.Join('|', options.SamplePrompts), "你好|a, b" },
        { "gguf: [f16, Q8_0]", options => string.Join('+', options.GgufTypes), "F16+Q8_0" },
        { "gguf: []", options => options.GgufTypes.Count, 0 },
        { "huggingface: false", options => options.ExportHuggingFace, false },
        { "model_name: '007'", options => options.ModelName, "007" },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public void Every_key_reaches_its_option(string line, Func<TrainingOptions, object?> read, object? expected)
    {
        var file = _folder.Read(TrainingFolder.Least + line);

        Assert.Equal(expected, read(file.Options));
    }

    [Fact]
    public void What_the_file_does_not_say_is_the_trainers_default()
    {
        var file = _folder.Read(TrainingFolder.Least + "learning_rate: null\n");

        var expected = new TrainingOptions { BaseModel = _folder.In("base.gguf"), Datasets = file.Options.Datasets, OutputDirectory = _folder.In("out") };
        Assert.Equal(expected with { Lora = file.Options.Lora, EvaluationDatasets = [], SamplePrompts = [], GgufTypes = [] }, file.Options with { EvaluationDatasets = [], SamplePrompts = [], GgufTypes = [] });
        Assert.Equal([_folder.In("questions.jsonl")], file.Options.Datasets);
        Assert.Equal([GgmlType.Q8_0], file.Options.GgufTypes);
        Assert.False(file.PlotsLoss);
    }

    [Fact]
    public void A_new_model_is_named_by_the_words_of_config_json()
    {
        _folder.Write("tokenizer.json", "{}");
        _folder.Write("chat.jinja", "");

        var model = _folder.Read("""
            new_model:
              hidden_size: 128
              intermediate_size: 384
              num_hidden_layers: 3
              num_attention_heads: 8
              num_key_value_heads: 4
              head_dim: 16
              max_position_embeddings: 512
              rope_theta: 1000000
              rms_norm_eps: 1e-5
              initializer_range: 0.01
            tokenizer: tokenizer.json
            chat_template: chat.jinja
            dataset: questions.jsonl
            output_dir: out
            """).Options.NewModel;

        var expected = new NewModelOptions
        {
            Tokenizer = _folder.In("tokenizer.json"),
            ChatTemplate = _folder.In("chat.jinja"),
            HiddenSize = 128,
            IntermediateSize = 384,
            Layers = 3,
            AttentionHeads = 8,
            KeyValueHeads = 4,
            HeadLength = 16,
            ContextLength = 512,
            RopeBase = 1_000_000,
            NormEpsilon = 1e-5,
            InitializerRange = 0.01,
        };
        Assert.Equal(expected, model);
    }

    [Fact]
    public void Arguments_win_over_the_file_and_reach_into_maps()
    {
        _folder.Write("tokenizer.json", "{}");
        const string Yaml = "new_model:\n  hidden_size: 128\ntokenizer: tokenizer.json\ndataset: questions.jsonl\noutput_dir: out\nseed: 1\n";

        var options = _folder.Read(Yaml, "seed=2", "new_model.num_hidden_layers=9", "gguf=[f16, q8_0]").Options;

        Assert.Equal((2L, 128, 9), (options.Seed, options.NewModel!.HiddenSize, options.NewModel.Layers));
        Assert.Equal([GgmlType.F16, GgmlType.Q8_0], options.GgufTypes);
    }

    [Fact]
    public void A_file_of_llama_factory_runs_once_what_is_not_done_here_is_taken_out()
    {
        const string Theirs = """
            ### model
            model_name_or_path: Qwen/Qwen3-4B-Instruct-2507
            trust_remote_code: true
            ### method
            stage: sft
            do_train: true
            finetuning_type: full
            deepspeed: examples/deepspeed/ds_z3_config.json
            ### dataset
            dataset: questions.jsonl
            template: qwen3_nothink
            cutoff_len: 2048
            max_samples: 1000
            preprocessing_num_workers: 16
            ### output
            output_dir: saves/qwen3-4b/full/sft
            logging_steps: 10
            save_steps: 500
            plot_loss: true
            overwrite_output_dir: true
            save_only_model: false
            report_to: none  # choices: [none, wandb, tensorboard, swanlab, mlflow]
            ### train
            per_device_train_batch_size: 1
            gradient_accumulation_steps: 2
            learning_rate: 1.0e-5
            num_train_epochs: 3.0
            lr_scheduler_type: cosine
            warmup_ratio: 0.1
            bf16: true
            ddp_timeout: 180000000
            resume_from_checkpoint: null
            """;

        var refusal = Refusal(Theirs);
        var file = _folder.Read(Theirs, "model_name_or_path=base.gguf", "deepspeed=null", "max_samples=null");

        Assert.Contains("the training file has 2 faults:", refusal, StringComparison.Ordinal);
        Assert.Contains("run.yaml:8: the key 'deepspeed' is not known", refusal, StringComparison.Ordinal);
        Assert.Contains("run.yaml:13: the key 'max_samples' is not known", refusal, StringComparison.Ordinal);
        Assert.Equal((2048, 2, true), (file.Options.CutoffLength, file.Options.AccumulationSteps, file.PlotsLoss));
    }

    [Fact]
    public void Datasets_may_be_names_in_dataset_info_json()
    {
        _folder.Write("data/dataset_info.json", """{"shop": {"file_name": "shop.jsonl", "formatting": "sharegpt", "columns": {"messages": "conversations"}}}""");
        _folder.Write("data/shop.jsonl", "");

        var file = _folder.Read(TrainingFolder.Least.Replace("dataset: questions.jsonl", "dataset: shop, questions.jsonl", StringComparison.Ordinal));

        Assert.Equal([_folder.In("data/shop.jsonl"), _folder.In("questions.jsonl")], file.Options.Datasets);
    }

    [Theory]
    [InlineData("""{"hub": {"hf_hub_url": "x/y"}}""", "hub", "hf_hub_url")]
    [InlineData("""{"odd": {"file_name": "questions.jsonl", "columns": {"prompt": "frage"}}}""", "odd", "columns.prompt = 'frage'")]
    [InlineData("""{"gone": {"file_name": "gone.jsonl"}}""", "gone", "gone.jsonl' does not exist|gone.jsonl', which does not exist")]
    [InlineData("""{"shop": {"file_name": "questions.jsonl"}}""", "shpo", "did you mean 'shop'?")]
    [InlineData("[1]", "any", "is not a JSON object")]
    [InlineData("{", "any", "cannot be read")]
    public void A_catalogue_entry_that_cannot_be_used_says_why(string catalogue, string name, string expected)
    {
        _folder.Write("data/dataset_info.json", catalogue);

        var fault = Refusal($"model_name_or_path: base.gguf\noutput_dir: out\ndataset: {name}\n");

        Assert.Contains("run.yaml:3: dataset has", fault, StringComparison.Ordinal);
        Assert.Contains(expected.Split('|'), part => fault.Contains(part, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("learning_rat: 1", "run.yaml:4: the key 'learning_rat' is not known; did you mean learning_rate?")]
    [InlineData("deepspeed: ds.json", "run.yaml:4: the key 'deepspeed' is not known")]
    [InlineData("learning_rate: fast", "run.yaml:4: learning_rate is 'fast'; accepted is a number above 0 and at most 1.")]
    [InlineData("learning_rate: .nan", "run.yaml:4: learning_rate is '.nan'")]
    [InlineData("learning_rate: [1]", "run.yaml:4: learning_rate is not one value")]
    [InlineData("num_train_epochs: 1e999", "run.yaml:4: num_train_epochs is '1e999'")]
    [InlineData("save_steps: 99999999999", "run.yaml:4: save_steps is '99999999999'")]
    [InlineData("stage: dpo", "run.yaml:4: stage is 'dpo'; accepted is sft, pt.")]
    [InlineData("bf16: yes", "run.yaml:4: bf16 is 'yes'; accepted is true or false.")]
    [InlineData("lora_target: q_prj", "run.yaml:4: lora_target has 'q_prj'")]
    [InlineData("gguf: [f16, q9]", "run.yaml:4: gguf has 'q9'")]
    [InlineData("eval_dataset: gone.jsonl", "run.yaml:4: eval_dataset has 'gone.jsonl': there is no file")]
    [InlineData("tokenizer: base.gguf", "run.yaml:4: tokenizer is for a new_model")]
    [InlineData("new_model: {hidden_size: 64}", "name one model to begin with")]
    [InlineData("lora_dropout: 0.1", "run.yaml:4: lora_dropout is 0.1; accepted is 0")]
    [InlineData("resume_from_checkpoint: saves/checkpoint-10", "run.yaml:4: resume_from_checkpoint is 'saves/checkpoint-10'; accepted is true or false.")]
    [InlineData("report_to: wandb", "run.yaml:4: report_to is wandb; accepted is none")]
    [InlineData("seed: 1\nseed: 2", "run.yaml:5: the key 'seed' stands here for the second time")]
    [InlineData("seed: &a 1", "run.yaml:4: anchors (&) and aliases (*) are not accepted")]
    [InlineData("seed: *a", "run.yaml:4:")]
    [InlineData("seed: !!int 1", "run.yaml:4: the tag")]
    [InlineData("? [a]\n: 1", "run.yaml:4: a key is a word")]
    [InlineData("seed: [1", "run.yaml:")]
    [InlineData("---\nseed: 1", "a second document begins")]
    [InlineData("seed: [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "run.yaml:4: nested more than 16 deep")]
    public void A_fault_is_told_with_its_line(string line, string expected)
    {
        Assert.Contains(expected, Refusal(TrainingFolder.Least + line), StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var message = Refusal("stage: x\nbf16: y\n");

        Assert.StartsWith("the training file has 5 faults:", message, StringComparison.Ordinal);
        Assert.Contains("name one model to begin with", message, StringComparison.Ordinal);
        Assert.Contains("dataset is missing", message, StringComparison.Ordinal);
        Assert.Contains("output_dir is missing", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("null\n")]
    public void An_empty_file_lacks_what_every_file_needs(string yaml)
    {
        Assert.Contains("output_dir is missing", Refusal(yaml), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("- a\n- b\n")]
    [InlineData("just a text\n")]
    public void Something_else_than_keys_and_values_is_refused(string yaml)
    {
        Assert.Contains("'key: value'", Refusal(yaml), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seed")]
    [InlineData("=1")]
    public void An_argument_that_sets_nothing_is_refused(string argument)
    {
        var exception = Assert.Throws<CommandException>(() => _folder.Read(TrainingFolder.Least, argument));

        Assert.Contains($"'{argument}' is not of the form KEY=VALUE", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_over_a_mebibyte_is_refused()
    {
        Assert.Contains("a training file has 1048576 at most", Refusal(new string('#', (1 << 20) + 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_files_are_refused_and_never_crash()
    {
        var random = new Random(3);
        const string Letters = "ab:1 -[]{}\"'&*!|>%@`,?#\n\n  ~.\0\t";

        for (var round = 0; round < 3000; round++)
        {
            var yaml = string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => Letters[random.Next(Letters.Length)]));

            _ = Assert.Throws<CommandException>(() => _folder.Read(yaml));
        }
    }

    [Fact]
    public void Keys_of_llama_factory_that_change_nothing_are_noted()
    {
        var file = _folder.Read(TrainingFolder.Least + """
            do_train: true
            template: qwen3
            trust_remote_code: true
            report_to: none
            overwrite_cache: true
            preprocessing_num_workers: 16
            ddp_timeout: 180000000
            save_only_model: false
            resume_from_checkpoint: null
            """);

        Assert.Equal(8, file.Ignored.Count);
        Assert.Contains("template (the model's own chat template is used)", file.Ignored);
        Assert.False(file.Options.Resume);
    }

    public void Dispose() => _folder.Dispose();

    private string Refusal(string yaml) => Assert.Throws<CommandException>(() => _folder.Read(yaml)).Message;
}
