using Slipway.Client.Datasets;
using Slipway.Server.Features.Datasets.Files;
using Slipway.Server.Features.Datasets.Findings;
using Slipway.Server.Features.Datasets.Records;

namespace Slipway.Server.Features.Datasets;

/// <summary>A file's entry in LLaMA-Factory's <c>dataset_info.json</c>, without the file's name.</summary>
/// <param name="Formatting"><c>alpaca</c>, <c>sharegpt</c> or <c>openai</c>.</param>
/// <param name="Ranking">Whether answers are compared.</param>
/// <param name="Columns">Every key that is used: those that are not named here are not read.</param>
/// <param name="Tags">How turns are written; null where there are none.</param>
internal sealed record TrainingForm(
    string Formatting, bool Ranking, IReadOnlyDictionary<string, string> Columns, IReadOnlyDictionary<string, string>? Tags)
{
    private static readonly Dictionary<string, string> ShareGptTags = TagsOf(TurnWords.ShareGpt);

    private static readonly Dictionary<string, string> OpenAiTags = TagsOf(TurnWords.OpenAi);

    /// <summary>Null where the records have no form that is known.</summary>
    public static TrainingForm? Of(FileReport report) => report.Style == RecordFormats.Unknown
        ? null
        : new TrainingForm(FormattingOf(report), report.Format == RecordFormats.Preference, report.Columns, report.Style switch
        {
            RecordFormats.ShareGpt => ShareGptTags,
            RecordFormats.OpenAi => OpenAiTags,
            _ => null,
        });

    /// <summary>By what the file holds; where that is not known, by what it is called.</summary>
    public static string EndingOf(FileRow file, FileReport? report) => report?.Container switch
    {
        Containers.JsonLines => ".jsonl",
        Containers.JsonList => ".json",
        Containers.Csv => ".csv",
        Containers.Text => ".txt",
        _ => DatasetFolder.EndingOf(file.Name),
    };

    // The trainer's reader for OpenAI's form adds a sentence to the system prompt that only one family of models knows. Its
    // other one reads the same turns by their tags; only calls of tools it cannot read.
    private static string FormattingOf(FileReport report) => report.Style switch
    {
        RecordFormats.OpenAi => report.HasToolCalls ? "openai" : "sharegpt",
        RecordFormats.ShareGpt => "sharegpt",
        _ => "alpaca",
    };

    private static Dictionary<string, string> TagsOf(TurnWords words) => new()
    {
        ["role_tag"] = words.Role,
        ["content_tag"] = words.Content,
        ["user_tag"] = words.User,
        ["assistant_tag"] = words.Assistant,
        ["observation_tag"] = words.Observation,
        ["function_tag"] = words.Function,
        ["system_tag"] = "system",
    };
}
