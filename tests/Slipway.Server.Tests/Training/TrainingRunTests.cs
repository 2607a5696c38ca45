using System.Text.Json.Nodes;
using System.Xml.Linq;
using Slipway.Engine.Training;
using Slipway.Server.Tests.Models;
using Slipway.Training;

namespace Slipway.Server.Tests.Training;

public sealed class TrainingRunTests : IDisposable
{
    private readonly TrainingFolder _folder = new();
    private readonly ModelFile _model = new();

    [Fact]
    public void A_run_leaves_its_log_its_results_and_its_chart()
    {
        var outcome = Run("max_steps=4", "plot_loss=true");

        Assert.True(outcome.IsComplete);
        var log = LogLines();
        Assert.Equal([2, 4, 4, 4], log.Select(line => line["current_steps"]!.GetValue<int>()));
        Assert.True(log[0].ContainsKey("loss"));
        Assert.True(log[2].ContainsKey("eval_loss"));
        Assert.False(log[3].ContainsKey("loss"));
        Assert.Equal(outcome.EvaluationLoss, Results("eval_results.json")["eval_loss"]!.GetValue<double>());
        Assert.Equal(outcome.Loss, Results("all_results.json")["train_loss"]!.GetValue<double>());
        Assert.True(Results("train_results.json")["num_input_tokens_seen"]!.GetValue<long>() > 0);
        Assert.Equal("svg", XElement.Load(_folder.In("out/training_loss.svg")).Name.LocalName);
    }

    [Fact]
    public void A_stopped_run_is_resumed_in_the_same_log()
    {
        using var stopping = new CancellationTokenSource();
        var steps = 0;
        int StopAtTheThird() // The bar is drawn at every step.
        {
            if (++steps == 3)
            {
                stopping.Cancel();
            }
            return 80;
        }
        using (var run = Open(new TrainingScreen(TextWriter.Null, StopAtTheThird), "max_steps=6", "plot_loss=true"))
        {
            Assert.False(run.Run(stopping.Token).IsComplete);
        }
        Assert.False(File.Exists(_folder.In("out/all_results.json")));

        var outcome = Run("max_steps=6", "plot_loss=true", "resume_from_checkpoint=true");

        Assert.True(outcome.IsComplete);
        Assert.Equal([2, 4, 6, 6, 6], LogLines().Select(line => line["current_steps"]!.GetValue<int>()));
    }

    [Fact]
    public void A_finished_run_that_is_resumed_keeps_its_numbers()
    {
        Run("max_steps=4");
        var (epoch, tokens) = (Results("train_results.json")["epoch"]!.GetValue<double>(), Results("train_results.json")["num_input_tokens_seen"]!.GetValue<long>());

        Run("max_steps=4", "resume_from_checkpoint=true");

        Assert.Equal(epoch, Results("train_results.json")["epoch"]!.GetValue<double>(), precision: 3);
        Assert.Equal(tokens, Results("train_results.json")["num_input_tokens_seen"]!.GetValue<long>());
    }

    [Fact]
    public void An_overwritten_run_leaves_nothing_in_the_log()
    {
        Run("max_steps=4");

        Run("max_steps=2", "overwrite_output_dir=true");

        Assert.All(LogLines(), line => Assert.Equal(2, line["total_steps"]!.GetValue<int>()));
    }

    public void Dispose()
    {
        _folder.Dispose();
        _model.Dispose();
    }

    private TrainingOutcome Run(params string[] overrides)
    {
        using var run = Open(new TrainingScreen(TextWriter.Null, columns: null), overrides);
        return run.Run(TestContext.Current.CancellationToken);
    }

    private TrainingRun Open(TrainingScreen screen, params string[] overrides)
    {
        _folder.Write("talk.jsonl", string.Concat(Enumerable.Range(0, 8).Select(i =>
            $$"""{"messages": [{"role": "user", "content": "say {{i}}"}, {"role": "assistant", "content": "{{i}} it is"}]}""" + "\n")));
        var file = _folder.Read($"""
            model_name_or_path: {_model.Path}
            dataset: talk.jsonl
            eval_dataset: talk.jsonl
            output_dir: out
            cutoff_len: 64
            per_device_train_batch_size: 1
            logging_steps: 2
            threads: 1
            huggingface: false
            gguf: []
            """, overrides);
        return new TrainingRun(file, screen);
    }

    private List<JsonObject> LogLines() => [.. TrainerLog.Read(_folder.In("out"))];

    private JsonNode Results(string name) => JsonNode.Parse(File.ReadAllText(_folder.In($"out/{name}")))!;
}
