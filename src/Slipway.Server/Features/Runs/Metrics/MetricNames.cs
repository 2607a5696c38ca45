using System.Text;

namespace Slipway.Server.Features.Runs.Metrics;

/// <summary>What the figures of different programs are called here. Each name is made once, however often it is printed.</summary>
internal sealed class MetricNames
{
    public const int LongestName = 128;

    /// <summary>Keys of one run. A program that makes up new ones for ever is not listened to for ever.</summary>
    private const int MostKeys = 512;

    private static readonly Dictionary<string, string> Canonical = new()
    {
        ["lr"] = "learning_rate",
        ["num_input_tokens_seen"] = "tokens",
        ["num_tokens"] = "tokens",
        ["total_tokens"] = "tokens",
        ["tgs"] = "throughput",
    };

    private readonly Dictionary<string, string> _names = [];
    private readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _byText;

    public MetricNames() => _byText = _names.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The name here; null for a key that is empty, too long, or holds control characters.</summary>
    public string? Find(ReadOnlySpan<byte> key)
    {
        if (key.IsEmpty || key.Length > LongestName)
        {
            return null;
        }
        Span<char> text = stackalloc char[LongestName];
        text = text[..Encoding.UTF8.GetChars(key, text)];
        return _byText.TryGetValue(text, out var name) ? name : Learn(text.ToString());
    }

    /// <summary>The name here, of a key that somebody has pushed.</summary>
    public string? Find(string key) => key.Length > LongestName ? null : Find(Encoding.UTF8.GetBytes(key));

    private string? Learn(string key)
    {
        if (_names.Count >= MostKeys || key.Any(char.IsControl))
        {
            return null;
        }
        return _names[key] = Canonical.GetValueOrDefault(key, key);
    }
}
