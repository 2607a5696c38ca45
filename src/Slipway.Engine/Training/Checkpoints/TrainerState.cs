using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Engine.Training.Checkpoints;

/// <summary>
/// Where a run stands, as <c>trainer_state.json</c> holds it. Named as Hugging Face's trainer names it, where it means the same.
/// </summary>
internal sealed record TrainerState
{
    /// <summary>Steps taken.</summary>
    [JsonPropertyName("global_step")]
    public required int Step { get; init; }

    /// <summary>Steps that the run will end at.</summary>
    [JsonPropertyName("max_steps")]
    public required int TotalSteps { get; init; }

    /// <summary>Passes over the data so far.</summary>
    [JsonPropertyName("epoch")]
    public required double Epoch { get; init; }

    /// <summary>Tokens seen since the run began.</summary>
    [JsonPropertyName("num_input_tokens_seen")]
    public required long TotalTokens { get; init; }

    /// <summary>Lowest loss on the held-out examples; null before the first evaluation.</summary>
    [JsonPropertyName("best_metric")]
    public double? BestEvaluationLoss { get; init; }

    /// <summary>Loss of the last evaluation; null before the first.</summary>
    [JsonPropertyName("eval_loss")]
    public double? EvaluationLoss { get; init; }

    /// <summary>Training time so far, over all processes of the run.</summary>
    [JsonPropertyName("elapsed_seconds")]
    public required double ElapsedSeconds { get; init; }

    /// <summary>Cross-entropy summed over all learned tokens of the run, in nats.</summary>
    [JsonPropertyName("loss_sum")]
    public double LossSum { get; init; }

    /// <summary>Learned tokens of the run.</summary>
    [JsonPropertyName("learned_tokens")]
    public long LearnedTokens { get; init; }

    /// <summary><see cref="LossSum"/> since the last logged step.</summary>
    [JsonPropertyName("logged_loss_sum")]
    public double LossSumSinceLog { get; init; }

    /// <summary><see cref="LearnedTokens"/> since the last logged step.</summary>
    [JsonPropertyName("logged_learned_tokens")]
    public long LearnedTokensSinceLog { get; init; }

    /// <summary>What must be equal for a run to go on from here: model, data, schedule, seed.</summary>
    [JsonPropertyName("options_fingerprint")]
    public required string OptionsFingerprint { get; init; }

    /// <summary>Where the data reader stands, in its own words; null where the step alone tells it.</summary>
    [JsonPropertyName("data_position")]
    public JsonElement? DataPosition { get; init; }

    /// <summary>Logged steps, in order.</summary>
    [JsonPropertyName("log_history")]
    public IReadOnlyList<LogEntry> LogHistory { get; init; } = [];

    /// <summary>The other files of the checkpoint. Filled in by <see cref="CheckpointStore"/>.</summary>
    [JsonPropertyName("files")]
    public IReadOnlyList<CheckpointFile> Files { get; init; } = [];

    /// <summary>Over this file itself, see <see cref="StateFile"/>. Filled in by <see cref="CheckpointStore"/>.</summary>
    [JsonPropertyName("sha256")]
    public string Sha256 { get; init; } = "";
}

/// <summary>A line of the log: a training step, or an evaluation, which has only <see cref="EvaluationLoss"/>.</summary>
internal sealed record LogEntry
{
    [JsonPropertyName("step")]
    public required int Step { get; init; }

    [JsonPropertyName("epoch")]
    public required double Epoch { get; init; }

    [JsonPropertyName("loss")]
    public double? Loss { get; init; }

    [JsonPropertyName("learning_rate")]
    public double? LearningRate { get; init; }

    [JsonPropertyName("grad_norm")]
    public double? GradientNorm { get; init; }

    [JsonPropertyName("eval_loss")]
    public double? EvaluationLoss { get; init; }
}

/// <summary>A file of a checkpoint, and how to tell that it is whole.</summary>
/// <param name="Name">Plain name.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">Of its content, in lower-case hexadecimal.</param>
internal sealed record CheckpointFile(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("length")] long Length,
    [property: JsonPropertyName("sha256")] string Sha256);

// A loss that left the numbers is still a loss to report, so NaN and infinities are written by name.
[JsonSourceGenerationOptions(
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true,
    MaxDepth = 32)]
[JsonSerializable(typeof(TrainerState))]
internal sealed partial class TrainerStateJson : JsonSerializerContext;
