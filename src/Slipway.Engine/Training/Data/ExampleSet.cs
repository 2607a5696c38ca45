namespace Slipway.Engine.Training.Data;

/// <summary>
/// The encoded examples of some files, by index. They stay on the disk: in memory are 16 bytes for each and what was
/// read of late. Not for several threads at once.
/// </summary>
internal sealed class ExampleSet : IDisposable
{
    private const int MostFaults = 100;
    private readonly ExampleSource _source;
    private readonly Entry[] _entries;

    private ExampleSet(ExampleSource source, Entry[] entries, int skipped) => (_source, _entries, Skipped) = (source, entries, skipped);

    public int Count => _entries.Length;

    /// <summary>Lines that were left out because the cutoff leaves nothing of them to learn.</summary>
    public int Skipped { get; }

    /// <summary>Tokens of all examples.</summary>
    public long TokenCount => _entries.Sum(entry => (long)entry.Length);

    /// <summary>Opens files and looks at every line once: parses it, renders it, encodes it.</summary>
    /// <param name="paths">JSONL files; at least one.</param>
    /// <param name="encoder">Encodes their lines.</param>
    /// <param name="cancellationToken">Looked at for every line.</param>
    /// <exception cref="TrainingDataException">Lines are at fault (all are looked at before), or there is nothing to learn.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ExampleSet Open(IReadOnlyList<string> paths, ExampleEncoder encoder, CancellationToken cancellationToken)
    {
        var source = new ExampleSource(encoder);
        try
        {
            foreach (var path in paths)
            {
                source.Add(ExampleFile.Open(path, cancellationToken));
            }

            return Survey(source, cancellationToken);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <exception cref="TrainingDataException">The file was changed since it was opened.</exception>
    public EncodedExample this[int index]
    {
        get
        {
            var entry = _entries[index];
            var file = _source.Files[entry.File];
            try
            {
                var examples = _source.Encode(entry.File, entry.Line);
                return entry.Part < examples.Length && examples[entry.Part].Tokens.Length == entry.Length
                    ? examples[entry.Part]
                    : throw new ExampleException("the line was changed while it was in use.");
            }
            catch (ExampleException exception)
            {
                throw new TrainingDataException(new DataFault(file.Path, file.NumberOf(entry.Line), exception.Message));
            }
        }
    }

    /// <summary>Tokens of an example.</summary>
    public int LengthOf(int index) => _entries[index].Length;

    /// <summary>
    /// Draws lines to hold out; all examples of a line go the same way. Both sets live only as long as this one.
    /// </summary>
    /// <param name="share">Of the lines, 0 to 1. Above 0 at least one line is held out, and one is always left.</param>
    /// <param name="seed">Decides which.</param>
    public (ExampleSet Training, ExampleSet HeldOut) Split(double share, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(share, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        var lines = _entries.Select(entry => (entry.File, entry.Line)).Distinct().ToArray();
        var count = Math.Min(lines.Length - 1, Math.Max(share > 0 ? 1 : 0, (int)Math.Round(share * lines.Length)));
        var drawn = SeededOrder.Create(lines.Length, seed, round: 0).Take(count).Select(index => lines[index]).ToHashSet();
        var sides = _entries.ToLookup(entry => drawn.Contains((entry.File, entry.Line)));
        return (new ExampleSet(_source, [.. sides[false]], Skipped), new ExampleSet(_source, [.. sides[true]], 0));
    }

    public void Dispose() => _source.Dispose();

    private static ExampleSet Survey(ExampleSource source, CancellationToken cancellationToken)
    {
        List<Entry> entries = [];
        List<DataFault> faults = [];
        var (skipped, faulty) = (0, 0);
        foreach (var (fileIndex, file) in source.Files.Index())
        {
            for (var line = 0; line < file.Count; line++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    var examples = source.Encode(fileIndex, line);
                    entries.AddRange(examples.Select((example, part) => new Entry(fileIndex, line, part, example.Tokens.Length)));
                    skipped += examples.Length == 0 ? 1 : 0;
                }
                catch (ExampleException exception)
                {
                    if (++faulty <= MostFaults)
                    {
                        faults.Add(new DataFault(file.Path, file.NumberOf(line), exception.Message));
                    }
                }
            }
        }

        if (faulty > 0)
        {
            throw new TrainingDataException(faults, faulty);
        }

        return entries.Count > 0 ? new ExampleSet(source, [.. entries], skipped) : throw Nothing(source, skipped);
    }

    private static TrainingDataException Nothing(ExampleSource source, int skipped) => new(new DataFault(
        string.Join(", ", source.Files.Select(file => file.Path)),
        Line: 0,
        skipped == 0
            ? "there are no examples; accepted is one JSON object per line (JSONL)."
            : $"the cutoff leaves nothing to learn of all {skipped} examples; accepted is a cutoff longer than the questions."));

    /// <summary>An example: the part of a line, and its tokens.</summary>
    private readonly record struct Entry(int File, int Line, int Part, int Length);
}
