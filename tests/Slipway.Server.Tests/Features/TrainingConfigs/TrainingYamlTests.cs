using System.Text;
using Slipway.Server.Features.TrainingConfigs.Yaml;
using Slipway.Server.Tests.House;

namespace Slipway.Server.Tests.Features.TrainingConfigs;

public sealed class TrainingYamlTests
{
    public static TheoryData<string> Recipes =>
        ["examples/training/qwen2.5_full_sft.yaml", "examples/training/qwen3_lora_sft.yaml", "examples/tiny-sft.yaml"];

    [Theory]
    [MemberData(nameof(Recipes))]
    public void The_recipes_are_taken_without_a_word(string recipe)
    {
        var found = Check(Sources.Read(recipe));

        Assert.Empty(found.Faults.Select(fault => fault.Sentence));
        Assert.Empty(found.Warnings);
    }

    [Fact]
    public void Values_of_the_top_level_can_be_read()
    {
        var found = Check("model_name_or_path: /models/q\ndataset: [a, b]\nnew_model:\n  hidden_size: 4\noutput_dir: 'out'\nhf_hub_token: t\n");

        Assert.Equal(
            new Dictionary<string, string> { ["model_name_or_path"] = "/models/q", ["dataset"] = "a,b", ["output_dir"] = "out" }, found.Scalars);
    }

    [Theory]
    [InlineData("a: [1, 2\n", 2, "not YAML")]
    [InlineData("stage: sft\n  learning_rate: 1\n", 2, "not YAML")]
    [InlineData("- a\n- b\n", 1, "lines 'key: value'")]
    [InlineData("", 1, "empty")]
    [InlineData("# nothing\n", 1, "empty")]
    [InlineData("stage: sft\nstage: pt\n", 2, "second time; the first is in line 1")]
    [InlineData("new_model:\n  a: 1\n  a: 2\n", 3, "second time; the first is in line 2")]
    [InlineData("a: &x {b: 1}\nc:\n  <<: *x\n", 3, "merge keys")]
    [InlineData("a: !!python/object:os.system x\n", 1, "tag")]
    [InlineData("a: !x y\n", 1, "tag '!x'")]
    [InlineData("a: *nowhere\n", 1, "nothing written before it")]
    [InlineData("a: &a [*a]\n", 1, "nothing written before it")]
    [InlineData("a: 1\n---\nb: 2\n", 2, "second document")]
    [InlineData("? [a, b]\n: c\n", 1, "a key is a word")]
    public void What_is_no_plain_YAML_is_refused_with_its_line(string text, int line, string words)
    {
        var found = Check(text);

        var fault = Assert.Single(found.Faults);
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
        Assert.Equal(line, fault.Place.Line);
    }

    [Theory]
    [InlineData("num_train_epochs: three", "num_train_epochs is 'three'; accepted is a number", "type_error.float")]
    [InlineData("do_train: maybe", "do_train is 'maybe'; accepted is true or false", "type_error.bool")]
    [InlineData("lora_rank: 8.5", "lora_rank is '8.5'; accepted is a whole number, 1 or more", "type_error.integer")]
    [InlineData("lora_rank: 0", "1 or more", "value_error.number.not_ge")]
    [InlineData("warmup_ratio: 2", "a number from 0 to 1", "value_error.number.not_le")]
    [InlineData("stage: sftt", "pt, sft, rm, ppo, dpo, kto", "value_error.const")]
    [InlineData("finetuning_type: lor", "lora, oft, freeze, full", "value_error.const")]
    [InlineData("eval_strategy: sometimes", "no, steps, epoch, best", "value_error.const")]
    [InlineData("output_dir: [a]", "output_dir is not one value; accepted is a text", "type_error.string")]
    [InlineData("dataset: {a: b}", "accepted is a text, or a list of texts", "type_error.list")]
    public void A_wrong_value_of_a_known_key_is_named_with_what_would_be_accepted(string text, string words, string type)
    {
        var found = Check("model_name_or_path: m\n" + text + "\n");

        var fault = Assert.Single(found.Faults);
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
        Assert.Equal((type, 2), (fault.Type, fault.Place.Line));
    }

    [Theory]
    [InlineData("val_size: 0.1\neval_dataset: x", 1)]
    [InlineData("streaming: true\nmax_steps: 10\nval_size: 0.1", 3)]
    [InlineData("streaming: true\nmax_steps: 10\nmax_samples: 5", 3)]
    [InlineData("streaming: true", 1)]
    [InlineData("mask_history: true\ntrain_on_prompt: true", 1)]
    [InlineData("interleave_probs: 0.5,0.5", 1)]
    [InlineData("mix_strategy: interleave_under\ndataset: a,b,c\ninterleave_probs: 0.5,0.5", 3)]
    [InlineData("do_eval: true", 1)]
    [InlineData("do_predict: true\neval_dataset: x", 1)]
    [InlineData("predict_with_generate: true", 1)]
    [InlineData("stage: dpo\nneat_packing: true", 2)]
    [InlineData("stage: pt\ntrain_on_prompt: yes", 2)]
    [InlineData("stage: rm\nload_best_model_at_end: true", 2)]
    [InlineData("stage: ppo\nreward_model: r", 1)]
    [InlineData("stage: ppo\ndo_train: true", 1)]
    [InlineData("quantization_bit: 4\nfinetuning_type: full", 1)]
    [InlineData("adapter_name_or_path: a\nfinetuning_type: freeze", 1)]
    [InlineData("use_galore: true", 1)]
    [InlineData("infer_backend: vllm", 1)]
    [InlineData("fp16: true\nbf16: true", 1)]
    public void What_LLaMA_Factory_refuses_together_is_refused_at_once(string text, int line)
    {
        var found = Check(text + "\n");

        Assert.Equal(line, Assert.Single(found.Faults).Place.Line);
    }

    [Theory]
    [InlineData("streaming: true\nmax_steps: 10\nval_size: 50")]
    [InlineData("mix_strategy: interleave_over\ndataset: a,b\ninterleave_probs: 0.5,0.5")]
    [InlineData("do_eval: true\nval_size: 0.1")]
    [InlineData("do_train: true")]
    [InlineData("quantization_bit: 4")]
    [InlineData("max_samples: ~\nstreaming: false")]
    [InlineData("learning_rate: 1e-4\nseed: 1_000\ndo_train: Yes\nresume_from_checkpoint: out/checkpoint-5")]
    [InlineData("common: &c [a, b]\ndataset: *c\neval_dataset: *c")]
    public void What_it_takes_is_taken(string text)
    {
        var found = Check(text + "\n");

        Assert.Empty(found.Faults.Select(fault => fault.Sentence));
    }

    [Theory]
    [InlineData("lerning_rate: 1", "line 2: the key 'lerning_rate' is not known")]
    [InlineData("do_train: \"false\"", "line 2: do_train is quoted")]
    [InlineData("save_strategy: no", "line 2: save_strategy: no is a switch to YAML")]
    [InlineData("hf_hub_token: abc", "line 2: hf_hub_token is kept here in plain text")]
    public void What_may_be_meant_otherwise_gets_a_warning(string text, string warning)
    {
        var found = Check("model_name_or_path: m\n" + text + "\n");

        Assert.StartsWith(warning, Assert.Single(found.Warnings), StringComparison.Ordinal);
        Assert.DoesNotContain("abc", string.Join(' ', found.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_told_at_once_in_the_order_of_the_lines()
    {
        var found = Check("do_train: x\nfp16: true\nbf16: true\nstage: y\nlora_rank: z\n");

        Assert.Equal([1, 2, 4, 5], found.Faults.Select(fault => fault.Place.Line));
    }

    [Fact]
    public void A_byte_that_is_no_UTF_8_is_told_with_its_place()
    {
        var found = TrainingYaml.Check([.. "stage: sft\nrun_name: 训"u8, 0xFF, .. "\n"u8]);

        Assert.Equal("line 2, column 12: the text is not valid UTF-8", Assert.Single(found.Faults).Sentence);
    }

    [Fact]
    public void A_byte_order_mark_and_line_ends_of_Windows_are_taken()
    {
        var found = TrainingYaml.Check([.. Encoding.UTF8.Preamble, .. "stage: sft\r\nrun_name: x\r\n"u8]);

        Assert.True(found.IsUsable);
        Assert.Equal("x", found.Scalars["run_name"]);
    }

    private static CheckedYaml Check(string text) => TrainingYaml.Check(Encoding.UTF8.GetBytes(text));
}
