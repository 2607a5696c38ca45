namespace Slipway.Engine.Constraints;

/// <summary>Bounds where a schema sets none, so that no output goes on forever.</summary>
public sealed record OutputGrammarOptions
{
    /// <summary>Characters of a string, items of an array and members of an object, where the schema gives no maximum. Range 1..1000000.</summary>
    public int MaxUnboundedLength { get; init; } = 4096;

    /// <summary>Objects and arrays within one another. Range 1..256; the default is within what JSON readers accept by default.</summary>
    public int MaxDepth { get; init; } = 32;

    /// <summary>Names the first value out of range.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        Check(nameof(MaxUnboundedLength), MaxUnboundedLength, 1_000_000);
        Check(nameof(MaxDepth), MaxDepth, 256);
    }

    private static void Check(string name, int value, int high)
    {
        if (value < 1 || value > high)
        {
            throw new ArgumentException($"{name} is {value}; accepted is 1 to {high}.", name);
        }
    }
}
