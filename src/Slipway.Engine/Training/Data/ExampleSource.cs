namespace Slipway.Engine.Training.Data;

/// <summary>The files behind one or several sets, and the lines of them that were encoded of late.</summary>
internal sealed class ExampleSource(ExampleEncoder encoder) : IDisposable
{
    /// <summary>About 40 MB. Most data fits; a longer text of many parts is not encoded anew for each.</summary>
    private const int MostCachedTokens = 8 << 20;

    private const int TokensPerLine = 16; // What keeping a line costs beside its tokens.

    private readonly List<ExampleFile> _files = [];
    private readonly Dictionary<(int File, int Line), EncodedExample[]> _cache = [];
    private int _cachedTokens;

    public IReadOnlyList<ExampleFile> Files => _files;

    public void Add(ExampleFile file) => _files.Add(file);

    /// <summary>A line's examples; none where the cutoff leaves nothing to learn.</summary>
    /// <exception cref="ExampleException">The line cannot be learned from.</exception>
    public EncodedExample[] Encode(int file, int line)
    {
        if (_cache.TryGetValue((file, line), out var examples))
        {
            return examples;
        }

        examples = [.. encoder.Encode(ExampleParser.Parse(_files[file].ReadLine(line), encoder.Stage))];
        var tokens = TokensPerLine + examples.Sum(example => example.Tokens.Length);
        if (_cachedTokens + tokens > MostCachedTokens)
        {
            _cache.Clear();
            _cachedTokens = 0;
        }

        _cache.Add((file, line), examples);
        _cachedTokens += tokens;
        return examples;
    }

    public void Dispose() => _files.ForEach(file => file.Dispose());
}
