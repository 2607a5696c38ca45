using System.CommandLine;
using System.Globalization;
using Slipway.Engine.Training;
using Slipway.Models;
using Slipway.Terminal;
using Slipway.Training;

namespace Slipway.Commands;

/// <summary><c>slipway train</c>: trains or fine-tunes a model as a file says.</summary>
internal static class TrainCommand
{
    private const string Teaching = """
        Train or fine-tune a model as a YAML file says. Ctrl-C saves a checkpoint and leaves.

        A file to begin with (paths are relative to it):

          model_name_or_path: model.gguf        # or OWNER/NAME of a hub, or new_model: with hidden_size, num_hidden_layers, …, and tokenizer:
          stage: sft                            # or pt, plain texts
          finetuning_type: full                 # or lora
          dataset: questions.jsonl              # {"messages": [{"role": "user", "content": "…"}, {"role": "assistant", …}]}
          output_dir: out
          learning_rate: 1.0e-4
          num_train_epochs: 3
          plot_loss: true

        Then: slipway train my.yaml learning_rate=5e-5    and after a break: slipway train my.yaml --resume

        Keys: model_name_or_path new_model tokenizer chat_template · stage finetuning_type lora_rank lora_alpha lora_target
        merge_adapter · dataset dataset_dir eval_dataset val_size cutoff_len packing train_on_prompt · per_device_train_batch_size
        gradient_accumulation_steps num_train_epochs max_steps learning_rate lr_scheduler_type lr_min_ratio warmup_ratio
        warmup_steps adam_beta1 adam_beta2 adam_epsilon weight_decay max_grad_norm bf16 seed threads · output_dir
        overwrite_output_dir resume_from_checkpoint logging_steps save_steps save_total_limit eval_steps sample_steps
        sample_prompts plot_loss · gguf huggingface model_name. They mean what they mean to LLaMA-Factory where it has them.
        """;

    private static readonly Argument<string> Config = new("CONFIG.yaml") { Description = "What to train, on what, and how." };
    private static readonly Argument<string[]> Settings = new("KEY=VALUE") { Description = "Settings that win over the file's.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<bool> Resume = new("--resume") { Description = "Go on from the newest checkpoint in output_dir." };

    public static Command Create()
    {
        var command = new Command("train", Teaching) { Config, Settings, Resume };
        command.Add(TrainTokenizerCommand.Create());
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var path = arguments.GetRequiredValue(Config);
        var written = TrainingFile.Read(path, arguments.GetValue(Settings) ?? [], arguments.GetValue(Resume));
        var file = await written.WithModelsAsync(model => HubModels.FileOfAsync(model, tellsInLines: true, cancellationToken));
        var screen = new TrainingScreen(Console.Out, Screen.Columns);
        if (file.Ignored.Count > 0)
        {
            screen.Say($"ignored: {string.Join(", ", file.Ignored)}");
        }
        using var signals = new StopSignals(() => screen.Say("stopping after this step; once more ends at once, without saving"));
        using var run = new TrainingRun(file, screen);
        var outcome = run.Run(signals.Token);
        if (!outcome.IsComplete)
        {
            screen.Say($"stopped at step {outcome.Step} of {outcome.TotalSteps}; to go on: slipway train {path} --resume");
            return CommandLine.Interrupted;
        }
        screen.Say(Describe(outcome));
        return CommandLine.Success;
    }

    private static string Describe(TrainingOutcome outcome)
    {
        var invariant = CultureInfo.InvariantCulture;
        var loss = outcome.Loss is { } mean ? string.Create(invariant, $", loss {mean:0.0000}") : "";
        var evaluation = outcome.EvaluationLoss is { } held ? string.Create(invariant, $", evaluation loss {held:0.0000}") : "";
        return $"done: {outcome.Step} steps in {outcome.Elapsed.ToLogText()}{loss}{evaluation}";
    }
}
