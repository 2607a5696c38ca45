using System.Text.Json;
using System.Text.Unicode;
using Slipway.Client.Datasets;
using Slipway.Server.Features.Datasets.Records;

namespace Slipway.Server.Features.Datasets.Findings;

/// <summary>One look through a file, from its first record to its last.</summary>
internal sealed class FileInspection
{
    private const int MostFaults = 100;
    private const int DeepestJson = 64;

    private readonly RecordCheck _check = new();
    private readonly DuplicateCounter _duplicates = new();
    private readonly List<LineFault> _faults = [];
    private long _records;
    private long _valid;
    private long _emptyTurns;
    private long _faultsCount;

    public static JsonDocumentOptions Bounds { get; } = new() { MaxDepth = DeepestJson };

    /// <summary>Reads the whole file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="name">The uploader's name of it.</param>
    /// <param name="progress">Told now and then how much was read, 0 to 1.</param>
    /// <param name="cancellationToken">Looked at before each record.</param>
    public static FileReport Run(string path, string name, Action<double> progress, CancellationToken cancellationToken)
    {
        using var file = RecordFile.Open(path, name);
        var inspection = new FileInspection();
        foreach (var record in file.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            inspection.Look(record);
            progress((double)file.Position / file.Length);
        }
        return inspection.Report(file);
    }

    /// <summary>Parses a record; what cannot be, gives a sentence.</summary>
    public static (JsonDocument? Document, string? Fault) Parse(RawRecord record)
    {
        if (record.Fault is not null)
        {
            return (null, record.Fault);
        }
        if (!Utf8.IsValid(record.Json.Span))
        {
            return (null, LineReader.NoUtf8);
        }
        try
        {
            return (JsonDocument.Parse(record.Json, Bounds), null);
        }
        catch (JsonException exception)
        {
            return (null, $"The record is no JSON: {Reason(exception)}");
        }
    }

    private void Look(RawRecord record)
    {
        _records++;
        var (document, fault) = Parse(record);
        if (document is null)
        {
            Note(record.Line, fault!);
            return;
        }
        using (document)
        {
            _duplicates.Add(record.Json.Span.Trim(" \t\r\n"u8));
            try
            {
                var (wrong, hasEmptyTurn) = _check.Look(document.RootElement);
                _emptyTurns += hasEmptyTurn ? 1 : 0;
                if (wrong is null)
                {
                    _valid++;
                }
                else
                {
                    Note(record.Line, wrong);
                }
            }
            catch (InvalidOperationException)
            {
                // Half of a surrogate pair, written as an escape: JSON lets it pass, no text can hold it.
                Note(record.Line, "A text holds half of a character, written as an escape.");
            }
        }
    }

    private void Note(long line, string message)
    {
        _faultsCount++;
        if (_faults.Count < MostFaults)
        {
            _faults.Add(new LineFault(line, message));
        }
    }

    private FileReport Report(RecordFile file)
    {
        if (file.Fault is { } fault)
        {
            Note(0, fault);
        }
        else if (_records == 0)
        {
            Note(0, "The file holds no records.");
        }
        return new FileReport
        {
            Format = _check.Format ?? RecordFormats.Unknown,
            Style = _check.Style ?? RecordFormats.Unknown,
            Container = file.Container,
            Encoding = file.Encoding,
            Records = _records,
            Valid = _valid,
            EmptyTurns = _emptyTurns,
            Duplicates = _duplicates.Duplicates,
            DuplicatesAreExact = _duplicates.IsExact,
            Faults = _faults,
            FaultsCount = _faultsCount,
            Columns = _check.Columns,
            HasToolCalls = _check.HasToolCalls,
        };
    }

    // The parser ends its sentences with line and position of its own counting, and quotes what it stumbled over.
    private static string Reason(JsonException exception)
    {
        var end = exception.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? exception.Message : exception.Message[..end];
    }
}
