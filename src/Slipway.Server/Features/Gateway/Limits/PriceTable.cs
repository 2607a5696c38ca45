using System.Collections.Frozen;
using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Slipway.Server.Features.Gateway.Limits;

/// <summary>What a model's tokens cost, in billionths of a dollar per token: the same number as thousandths of a dollar per million.</summary>
/// <param name="Prompt">Of the prompt, not found in a cache.</param>
/// <param name="Completion">Of the answer.</param>
/// <param name="Cached">Of the prompt, found in a cache.</param>
internal readonly record struct Price(double Prompt, double Completion, double Cached)
{
    private double Highest => Math.Max(Prompt, Math.Max(Completion, Cached));

    /// <summary>Billionths of a dollar.</summary>
    public long Of(TokenUsage usage)
    {
        var cached = Math.Clamp(usage.Cached, 0, usage.Prompt);
        return (long)Math.Round(((double)(usage.Prompt - cached) * Prompt) + (cached * Cached) + ((double)usage.Completion * Completion));
    }

    /// <summary>The most that so many tokens may cost, whichever they are.</summary>
    public long AtMost(int tokens) => (long)Math.Ceiling(tokens * Highest);
}

/// <summary>
/// <c>Gateway:Prices:MODEL:Prompt</c>, <c>:Completion</c> and <c>:Cached</c> in US dollars per million tokens, by the models' public names.
/// Follows the configuration; a model without a price costs nothing.
/// </summary>
internal sealed partial class PriceTable : IDisposable
{
    private const string Section = "Gateway:Prices";
    private const decimal Highest = 1_000_000;

    private readonly IDisposable _watch;
    private readonly ILogger<PriceTable> _logger;
    private volatile FrozenDictionary<string, Price> _prices;

    /// <exception cref="ServerStartException">A price is no number or out of range.</exception>
    public PriceTable(IConfiguration configuration, ILogger<PriceTable> logger)
    {
        _logger = logger;
        _prices = Read(configuration);
        _watch = ChangeToken.OnChange(configuration.GetReloadToken, () => ReadAgain(configuration));
    }

    public Price this[string model] => _prices.GetValueOrDefault(model);

    public void Dispose() => _watch.Dispose();

    private void ReadAgain(IConfiguration configuration)
    {
        try
        {
            _prices = Read(configuration);
        }
        catch (ServerStartException exception)
        {
            LogNotTaken(exception.Message);
        }
    }

    private static FrozenDictionary<string, Price> Read(IConfiguration configuration)
    {
        // A model's name may hold a colon, which configuration takes for a step deeper: so every leaf is looked at.
        var leaves =
            from pair in configuration.GetSection(Section).AsEnumerable(makePathsRelative: true)
            where pair.Value is not null
            let end = pair.Key.LastIndexOf(':')
            select (Model: end < 0 ? "" : pair.Key[..end], Part: pair.Key[(end + 1)..], Value: pair.Value);
        Dictionary<string, Price> prices = new(StringComparer.OrdinalIgnoreCase);
        foreach (var model in leaves.GroupBy(leaf => leaf.Model, StringComparer.OrdinalIgnoreCase))
        {
            var parts = model.ToDictionary(leaf => leaf.Part, leaf => Number(model.Key, leaf.Part, leaf.Value), StringComparer.OrdinalIgnoreCase);
            var prompt = parts.GetValueOrDefault("Prompt");
            prices[model.Key] = new Price(prompt, parts.GetValueOrDefault("Completion"), parts.GetValueOrDefault("Cached", prompt));
        }
        return prices.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private static double Number(string model, string part, string? text)
    {
        var name = model.Length == 0 ? $"{Section}:{part}" : $"{Section}:{model}:{part}";
        if (!(part.ToUpperInvariant() is "PROMPT" or "COMPLETION" or "CACHED") || model.Length == 0)
        {
            throw new ServerStartException($"{name} is not known; a model's prices are {Section}:MODEL:Prompt, :Completion and :Cached.");
        }
        return decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var dollars)
            && dollars is >= 0 and <= Highest
            ? (double)(dollars * 1000)
            : throw new ServerStartException($"{name} is '{text}'; accepted is 0 to {Highest:N0}, in US dollars per million tokens.");
    }

    [LoggerMessage(2150, LogLevel.Error, "The changed prices are not taken: {Reason}")]
    private partial void LogNotTaken(string reason);
}
