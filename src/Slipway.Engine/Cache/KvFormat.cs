namespace Slipway.Engine.Cache;

/// <summary>How keys and values are kept. Attention itself is computed in singles either way.</summary>
public enum KvFormat
{
    /// <summary>Halves, 16 bits a value.</summary>
    F16,

    /// <summary>Blocks of 32 signed bytes with one half as scale, 8.5 bits a value; for heads of a multiple of 32 values.</summary>
    Q8,
}

/// <summary>The formats as settings, options and figures spell them.</summary>
public static class KvFormatNames
{
    /// <summary>Every name, in the order of <see cref="KvFormat"/>.</summary>
    public static IReadOnlyList<string> All { get; } = ["f16", "q8_0"];

    /// <summary>The name of a format.</summary>
    public static string Name(this KvFormat format) => All[(int)format];

    /// <summary>The format of a name, in capitals or not; null where there is none of that name.</summary>
    public static KvFormat? Find(string? name)
    {
        for (var i = 0; i < All.Count; i++)
        {
            if (All[i].Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return (KvFormat)i;
            }
        }
        return null;
    }
}
