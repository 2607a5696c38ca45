using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Training;

/// <summary>A training run: what is trained, on what, how, and where to. Every range is checked when the run is made.</summary>
public sealed record TrainingOptions
{
    /// <summary>A GGUF file or a Hugging Face folder to start from; null makes a new model of <see cref="NewModel"/>.</summary>
    public string? BaseModel { get; init; }

    /// <summary>The model to make where there is no <see cref="BaseModel"/>.</summary>
    public NewModelOptions? NewModel { get; init; }

    public TrainingStage Stage { get; init; } = TrainingStage.SupervisedFineTuning;

    public FineTuningMethod Method { get; init; } = FineTuningMethod.Full;

    public LoraOptions Lora { get; init; } = new();

    /// <summary>JSONL files to learn from; at least one.</summary>
    public required IReadOnlyList<string> Datasets { get; init; }

    /// <summary>JSONL files to measure the loss on; may be empty.</summary>
    public IReadOnlyList<string> EvaluationDatasets { get; init; } = [];

    /// <summary>Share of the datasets that is held out for evaluation, 0 to 0.5. Drawn by the seed.</summary>
    public double ValidationShare { get; init; }

    /// <summary>Tokens of an example at most; longer ones are cut at the end. 16 to the model's context.</summary>
    public int CutoffLength { get; init; } = 1024;

    /// <summary>Whether rows of <see cref="CutoffLength"/> tokens are filled with several examples; they do not see each other.</summary>
    public bool Packing { get; init; } = true;

    /// <summary>Whether questions are learned as well as answers.</summary>
    public bool TrainOnPrompt { get; init; }

    /// <summary>Rows in one forward pass, 1 to 4096: packed rows, or single examples without packing.</summary>
    public int BatchSize { get; init; } = 4;

    /// <summary>Forward passes whose gradients are summed before the weights move, 1 to 4096.</summary>
    public int AccumulationSteps { get; init; } = 1;

    /// <summary>Passes over the data, above 0; a part of one is allowed.</summary>
    public double Epochs { get; init; } = 3;

    /// <summary>Steps at most; 0 leaves it to <see cref="Epochs"/>.</summary>
    public int MaxSteps { get; init; }

    /// <summary>The highest learning rate, above 0 and at most 1.</summary>
    public double LearningRate { get; init; } = 5e-5;

    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Cosine;

    /// <summary>Where the schedule ends, as a share of the learning rate, 0 to 1.</summary>
    public double MinimumRateRatio { get; init; }

    /// <summary>Share of the steps in which the rate rises from 0, 0 to 1. Not used where <see cref="WarmupSteps"/> is set.</summary>
    public double WarmupRatio { get; init; }

    /// <summary>Steps in which the rate rises from 0.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>AdamW's first decay rate, 0 to 1 exclusive.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's second decay rate, 0 to 1 exclusive.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>AdamW's ε, above 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay of matrices, 0 to 1.</summary>
    public double WeightDecay { get; init; }

    /// <summary>The gradient's norm is brought down to this; 0 leaves it alone.</summary>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>Whether forward and backward compute with weights rounded to bfloat16; the master copy stays in singles.</summary>
    public bool BFloat16 { get; init; }

    /// <summary>Decides initial weights, order of examples and samples.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Threads that compute, 1 to 1024. Changes the speed, not the result.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Where logs, checkpoints and the model go; made when it is not there.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>Whether the run goes on from the newest checkpoint in <see cref="OutputDirectory"/>; it begins anew where there is none.</summary>
    public bool Resume { get; init; }

    /// <summary>
    /// Whether checkpoints that lie in <see cref="OutputDirectory"/> are removed by a run that does not <see cref="Resume"/>.
    /// Without either, they are an error: nobody loses a run by starting another.
    /// </summary>
    public bool OverwriteOutput { get; init; }

    /// <summary>Steps between progress reports, at least 1.</summary>
    public int LoggingSteps { get; init; } = 10;

    /// <summary>Steps between checkpoints; 0 saves only at the end.</summary>
    public int SaveSteps { get; init; } = 500;

    /// <summary>Checkpoints that are kept, at least 1; the oldest go first.</summary>
    public int SaveTotalLimit { get; init; } = 2;

    /// <summary>Steps between evaluations; 0 evaluates only at the end.</summary>
    public int EvaluationSteps { get; init; }

    /// <summary>Steps between samples; 0 writes none.</summary>
    public int SampleSteps { get; init; }

    /// <summary>What the samples answer (or continue, in pretraining).</summary>
    public IReadOnlyList<string> SamplePrompts { get; init; } = [];

    /// <summary>GGUF files to write at the end, one for each format; may be empty.</summary>
    public IReadOnlyList<GgmlType> GgufTypes { get; init; } = [GgmlType.Q8_0];

    /// <summary>Whether a Hugging Face folder is written at the end.</summary>
    public bool ExportHuggingFace { get; init; } = true;

    /// <summary>What the model calls itself in its files; null takes the output folder's name.</summary>
    public string? ModelName { get; init; }
}
