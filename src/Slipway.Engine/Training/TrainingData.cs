using Slipway.Engine.Training.Data;

namespace Slipway.Engine.Training;

/// <summary>The examples of a run: those to learn from, as an endless stream, and those that are held out.</summary>
internal sealed class TrainingData : IDisposable
{
    private readonly List<ExampleSet> _sets;
    private readonly BatchStream? _evaluation;

    private TrainingData(List<ExampleSet> sets, BatchStream stream, BatchStream? evaluation)
    {
        (_sets, Stream, _evaluation) = (sets, stream, evaluation);
    }

    public BatchStream Stream { get; }

    public required int TotalSteps { get; init; }

    /// <summary>Tokens of a batch at most.</summary>
    public required int MostRows { get; init; }

    public required int TrainingExamples { get; init; }

    public required int EvaluationExamples { get; init; }

    public static TrainingData Open(TrainingOptions options, TrainingSubject subject, CancellationToken cancellationToken)
    {
        var cutoff = Math.Min(options.CutoffLength, subject.Model.Shape.ContextLength);
        var encoder = new ExampleEncoder(subject.Tokenizer, subject.ChatTemplate, options.Stage, cutoff, options.TrainOnPrompt);
        var all = ExampleSet.Open(options.Datasets, encoder, cancellationToken);
        var (training, heldOut) = options.ValidationShare > 0 ? all.Split(options.ValidationShare, options.Seed) : (all, null);
        if (options.EvaluationDatasets.Count > 0)
        {
            heldOut = ExampleSet.Open(options.EvaluationDatasets, encoder, cancellationToken);
        }
        BatchStream Batches(ExampleSet set) => new(set, options.BatchSize, cutoff, options.Packing, options.Seed);
        var stream = Batches(training);
        var steps = options.MaxSteps > 0
            ? options.MaxSteps
            : (int)Math.Clamp(Math.Ceiling(stream.BatchesPerEpoch * options.Epochs / options.AccumulationSteps), 1, int.MaxValue);
        return new TrainingData([all, .. heldOut is null ? (ExampleSet[])[] : [heldOut]], stream, heldOut is null ? null : Batches(heldOut))
        {
            TotalSteps = steps,
            MostRows = options.BatchSize * cutoff,
            TrainingExamples = training.Count,
            EvaluationExamples = heldOut?.Count ?? 0,
        };
    }

    /// <summary>The held-out examples in order, in batches as large as those of training.</summary>
    public IEnumerable<IReadOnlyList<EncodedExample>> EvaluationBatches() => _evaluation?.InOrder() ?? [];

    public void Dispose() => _sets.ForEach(set => set.Dispose());
}
