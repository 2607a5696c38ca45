using System.Numerics;
using System.Text.Json;
using Slipway.Server.Features.Datasets.Records;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Datasets.Findings;

/// <summary>Counts how long the records of one file are. Records that are no records are left out.</summary>
internal static class LengthCount
{
    /// <summary>Where the first step of the histogram ends; each further one ends twice as far.</summary>
    public const int FirstStep = 64;

    private const int Steps = 20;

    /// <param name="path">Where the file is.</param>
    /// <param name="name">The uploader's name of it.</param>
    /// <param name="counter">Of tokens; null counts characters.</param>
    /// <param name="progress">Told now and then how much was read, 0 to 1.</param>
    /// <param name="cancellationToken">Looked at before each record.</param>
    public static LengthReport Run(
        string path, string name, TextTokenCounter? counter, Action<double> progress, CancellationToken cancellationToken)
    {
        var steps = new long[Steps];
        var (records, characters, tokens, shortest, longest) = (0L, 0L, 0L, long.MaxValue, 0L);
        using var file = RecordFile.Open(path, name);
        foreach (var record in file.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (LengthsOf(record, counter) is { } lengths)
            {
                records++;
                characters += lengths.Characters;
                tokens += lengths.Tokens;
                var length = counter is null ? lengths.Characters : lengths.Tokens;
                (shortest, longest) = (Math.Min(shortest, length), Math.Max(longest, length));
                steps[StepOf(length)]++;
            }
            progress((double)file.Position / file.Length);
        }
        return new LengthReport
        {
            Records = records,
            Characters = characters,
            Tokens = counter is null ? null : tokens,
            Shortest = records == 0 ? 0 : shortest,
            Longest = longest,
            Steps = steps,
        };
    }

    private static (long Characters, long Tokens)? LengthsOf(RawRecord record, TextTokenCounter? counter)
    {
        using var document = FileInspection.Parse(record).Document;
        if (document is null || document.RootElement.ValueKind != JsonValueKind.Object)
        {
            return null;
        }
        try
        {
            var (characters, tokens) = (0L, 0L);
            foreach (var text in SpokenTexts.Of(document.RootElement))
            {
                // Both halves of a pair are one character.
                characters += text.Length - text.Count(char.IsLowSurrogate);
                tokens += counter?.Count(text) ?? 0;
            }
            return (characters, tokens);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static int StepOf(long length) => Math.Min(Steps - 1, BitOperations.Log2((ulong)length / FirstStep) + (length < FirstStep ? 0 : 1));
}
